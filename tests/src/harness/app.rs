//! The real window, driven through WebDriver.
//!
//! WebKit's own driver starts the app (`TAURI_WEBVIEW_AUTOMATION` makes the web view listen to it), and hands its
//! environment on, so display and data folder are set on the driver.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;
use tokio::sync::Mutex;

use super::{
    Display, Element, Group, Home, Outcome, Session, failures, keys, program, trouble, until,
    until_within,
};

/// One window at a time: two of them share neither keyboard focus nor patience.
static ALONE: Mutex<()> = Mutex::const_new(());

/// How long an app on a busy machine may take to show its first screen.
const START: Duration = Duration::from_secs(60);

/// An open window.
#[derive(Debug)]
pub struct App {
    session: Session,
    driver: Group,
}

/// Opens the app on `home` and does `test` in it; a failure leaves a picture named after the test.
///
/// # Errors
/// When the window does not open or the test fails.
pub async fn in_window(
    name: &str,
    home: &Home,
    test: impl AsyncFnOnce(&App) -> Outcome,
) -> Outcome {
    let _alone = ALONE.lock().await;
    let display = Display::start(1600, 1000)?;
    let app = App::open(home, &display).await?;
    let outcome = test(&app).await;
    if outcome.is_err()
        && let Ok(folder) = failures()
    {
        // The failure is what counts; a picture that cannot be taken adds nothing to it.
        let _ = app.screenshot(&folder.join(format!("{name}.png"))).await;
        if let Ok(page) = app.session.source().await {
            let _ = std::fs::write(folder.join(format!("{name}.html")), page);
        }
    }
    app.close().await;
    outcome
}

impl App {
    /// Opens the app on `home`, on `display`, at 1440x900.
    ///
    /// # Errors
    /// When driver or app do not start.
    pub async fn open(home: &Home, display: &Display) -> Outcome<Self> {
        let app = Self::open_program(&program("partner-console")?, &[], home, display).await?;
        app.resize(1440, 900).await?;
        Ok(app)
    }

    /// Opens another program made of a WebKit view, to measure or try the harness against.
    ///
    /// # Errors
    /// When driver or program do not start.
    pub async fn open_program(
        program: &Path,
        args: &[&str],
        home: &Home,
        display: &Display,
    ) -> Outcome<Self> {
        let port = free_port()?;
        let mut driver = Group::start(
            Command::new("WebKitWebDriver")
                .arg(format!("--port={port}"))
                .envs(home.environment())
                .env("DISPLAY", display.name())
                .env("GDK_BACKEND", "x11")
                .env("TAURI_WEBVIEW_AUTOMATION", "true")
                .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
                .env("NO_AT_BRIDGE", "1")
                .env("LANG", "C.UTF-8")
                .env("TZ", "UTC")
                .env_remove("WAYLAND_DISPLAY")
                .env_remove("DBUS_SESSION_BUS_ADDRESS")
                .stdout(Stdio::null()),
        )?;
        until("the driver's port", async || {
            driver.still_runs()?;
            Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok())
        })
        .await?;
        let capabilities = json!({
            "webkitgtk:browserOptions": { "binary": program, "args": args }
        });
        let session = Session::open(port, capabilities, START).await?;
        Ok(Self { session, driver })
    }

    /// The WebDriver session, for what has no word here.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Waits until the screen of this name is there and says it is ready.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn screen(&self, name: &str) -> Outcome<Element> {
        let css = format!("[data-screen=\"{name}\"]");
        until_within(START, &format!("the screen {name}"), async || {
            self.session.find(&css).await
        })
        .await
    }

    /// Waits for an element.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn see(&self, css: &str) -> Outcome<Element> {
        until(css, async || self.session.find(css).await).await
    }

    /// Waits until no element fits.
    ///
    /// # Errors
    /// When one stays.
    pub async fn gone(&self, css: &str) -> Outcome {
        until(&format!("{css} to go"), async || {
            Ok(self.session.find(css).await?.is_none().then_some(()))
        })
        .await
    }

    /// Waits until the text of an element contains this.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn reads(&self, css: &str, text: &str) -> Outcome {
        until(&format!("{css} to read `{text}`"), async || {
            Ok(self
                .texts(css)
                .await?
                .iter()
                .any(|read| read.contains(text))
                .then_some(()))
        })
        .await
    }

    /// The texts of all elements that fit now.
    ///
    /// # Errors
    /// When the window does not answer.
    pub async fn texts(&self, css: &str) -> Outcome<Vec<String>> {
        let script = "return [...document.querySelectorAll(arguments[0])].map(e => e.innerText ?? e.textContent ?? '')";
        let answer = self.session.execute(script, vec![json!(css)]).await?;
        Ok(serde_json::from_value(answer)?)
    }

    /// The value of an attribute on the first element that fits now.
    ///
    /// # Errors
    /// When the window does not answer.
    pub async fn attribute(&self, css: &str, name: &str) -> Outcome<Option<String>> {
        let script =
            "return document.querySelector(arguments[0])?.getAttribute(arguments[1]) ?? null";
        let answer = self
            .session
            .execute(script, vec![json!(css), json!(name)])
            .await?;
        Ok(serde_json::from_value(answer)?)
    }

    /// How many elements fit now.
    ///
    /// # Errors
    /// When the window does not answer.
    pub async fn count(&self, css: &str) -> Outcome<usize> {
        Ok(self.session.find_all(css).await?.len())
    }

    /// Presses keys by name, `Mod+K` for example; several chords are separated by blanks.
    ///
    /// # Errors
    /// When a key is unknown or the window does not answer.
    pub async fn press(&self, chords: &str) -> Outcome {
        self.session.act(keys::chords(chords)?).await
    }

    /// Takes the entry that reads like this from the command palette, as a person without a mouse would.
    ///
    /// # Errors
    /// When the palette does not offer it.
    pub async fn choose(&self, entry: &str) -> Outcome {
        self.press("Mod+K").await?;
        self.see("[data-screen=\"palette\"] input:focus").await?;
        self.type_text(entry).await?;
        self.reads(
            "[data-screen=\"palette\"] [role=\"option\"][aria-selected=\"true\"]",
            entry,
        )
        .await?;
        self.press("Enter").await?;
        self.gone("[data-screen=\"palette\"]").await
    }

    /// Moves the focus on with Tab until it is on what fits, as a person without a mouse would.
    ///
    /// # Errors
    /// When it goes round without coming there.
    pub async fn tab_to(&self, css: &str) -> Outcome {
        /// More stops than any screen has.
        const STOPS: usize = 120;
        self.see(css).await?;
        let script = "return document.activeElement?.matches(arguments[0]) ?? false";
        for _ in 0..STOPS {
            if self.session.execute(script, vec![json!(css)]).await? == json!(true) {
                return Ok(());
            }
            self.press("Tab").await?;
        }
        Err(trouble(format!("Tab does not lead to {css}")))
    }

    /// Chooses in a group of radio buttons, with the arrow keys, the one that reads like this.
    ///
    /// # Errors
    /// When there is none.
    pub async fn take(&self, group: &str, reads: impl Fn(&str) -> bool) -> Outcome {
        let chosen = format!("{group} [data-selected]");
        self.tab_to(&format!("{group} input")).await?;
        let choices = self.count(&format!("{group} input")).await?;
        for _ in 0..=choices {
            let before = self.texts(&chosen).await?.concat();
            if reads(&before) {
                return Ok(());
            }
            self.press("ArrowDown").await?;
            until("the next choice", async || {
                Ok((self.texts(&chosen).await?.concat() != before).then_some(()))
            })
            .await?;
        }
        Err(trouble(format!("no choice of {group} fits")))
    }

    /// Types into whatever has the focus.
    ///
    /// # Errors
    /// When nothing has it.
    pub async fn type_text(&self, text: &str) -> Outcome {
        self.session.focused().await?.type_text(text).await
    }

    /// Gives the window exactly this much room inside.
    ///
    /// # Errors
    /// When it does not take it.
    pub async fn resize(&self, width: u32, height: u32) -> Outcome {
        let (mut outer_width, mut outer_height) = (width, height);
        until(&format!("a window of {width}x{height}"), async || {
            let size: (u32, u32) = serde_json::from_value(
                self.session
                    .execute("return [innerWidth, innerHeight]", vec![])
                    .await?,
            )?;
            if size == (width, height) {
                return Ok(Some(()));
            }
            // What stands around the page, a menu for example, is not ours to know; it is measured.
            let (w, h) = self.session.size().await?;
            let around = |outer: u32, inner: u32| outer.saturating_sub(inner);
            outer_width = width + around(w, size.0);
            outer_height = height + around(h, size.1);
            self.session.set_size(outer_width, outer_height).await?;
            Ok(None)
        })
        .await
    }

    /// Waits until nothing on the page says that it is still busy, and what was drawn has reached the screen.
    ///
    /// # Errors
    /// When something stays busy.
    pub async fn settled(&self) -> Outcome {
        let script = "const done = arguments[arguments.length - 1];
            requestAnimationFrame(() => requestAnimationFrame(() => done(
                document.fonts.status === 'loaded' && !document.querySelector('[aria-busy=\"true\"]'))));";
        until("the page to settle", async || {
            let quiet = self.session.execute_async(script, vec![]).await?;
            Ok((quiet == json!(true)).then_some(()))
        })
        .await
    }

    /// Waits until something dark was drawn on the canvas that fits: the text of a proof.
    ///
    /// # Errors
    /// When it stays white.
    pub async fn drawn(&self, css: &str) -> Outcome {
        let script = "const canvas = document.querySelector(arguments[0]);
            if (!canvas || !canvas.width || !canvas.height) return false;
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            for (let i = 0; i < data.length; i += 4) if (data[i] < 96 && data[i + 3] > 200) return true;
            return false;";
        until(&format!("{css} to be drawn"), async || {
            let dark = self.session.execute(script, vec![json!(css)]).await?;
            Ok((dark == json!(true)).then_some(()))
        })
        .await
    }

    /// A picture of the page as a PNG file.
    ///
    /// # Errors
    /// When it cannot be taken or written.
    pub async fn screenshot(&self, file: &Path) -> Outcome {
        let picture = self.session.picture().await?;
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(std::fs::write(file, picture)?)
    }

    /// Ends the app as a power cut would.
    pub fn kill(mut self) {
        self.driver.kill();
    }

    /// Closes the window and waits until the app has ended.
    pub async fn close(self) {
        let Self {
            session,
            mut driver,
        } = self;
        // An app that ended by itself has no session left to close.
        let _ = session.close().await;
        driver.end();
    }
}

/// A port that was free a moment ago; WebKit's driver takes no port 0.
fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}
