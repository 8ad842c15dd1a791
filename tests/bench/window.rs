//! The real window beside an empty one: how long until something stands on the screen, and how much memory both take.
//!
//! Both are Tauri programs built in one profile, with a window of the same size, incognito, started in turn on the same
//! screen with the same environment. First paint is the time from starting the process until text stands on the screen,
//! read from the frame buffer. Memory is the proportional set size of the program and all its children (WebKit's), once
//! it no longer moves. The app is started on a folder that was filled before, as on every day but the first.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use whole_system::harness::{Group, Home, program};

use crate::{
    company::Company,
    figure::{Figure, median, p95},
    screen::Screen,
};

pub const FIGURES: [&str; 2] = ["first_paint", "memory"];
/// The same over the folder of 100,000 cases.
pub const FULL_FIGURES: [&str; 2] = ["first_paint_full", "memory_full"];

const RUNS: usize = 9;
const PEER: &str = "an empty Tauri window, built and started the same way";

/// What one start took.
struct Start {
    paint: Duration,
    memory: f64,
}

/// On the folder of the embedded sandbox, which runs inside the app and is counted with it.
pub fn measure() {
    let home = Home::new().unwrap();
    let screens = tempfile::tempdir().unwrap();
    let screen = Screen::start(screens.path());
    fill(&home, &screen);
    let note = "240 cases of six systems, second start; the embedded sandbox runs in the app and is counted with it";
    let (ours, theirs) = in_turn(&home, &screen, &[]);
    print(["first_paint", "memory"], note, &ours, &theirs);
}

/// On the folder of 100,000 cases; the sandbox is a process of its own and not counted, as real systems would be.
pub fn measure_full(company: &Company) {
    let screens = tempfile::tempdir().unwrap();
    let screen = Screen::start(screens.path());
    let sandbox = [("PARTNER_CONSOLE_SANDBOX", company.sandbox.base_url())];
    let note = format!(
        "{} cases, sandbox outside of the app, second start",
        company.cases
    );
    let (ours, theirs) = in_turn(&company.home, &screen, &sandbox);
    print(["first_paint_full", "memory_full"], &note, &ours, &theirs);
}

fn print(figures: [&str; 2], note: &str, ours: &[Start], theirs: &[Start]) {
    let paint = |starts: &[Start]| {
        let times: Vec<Duration> = starts.iter().map(|start| start.paint).collect();
        (median(&times), p95(&times))
    };
    let memory = |starts: &[Start]| {
        let mut sizes: Vec<f64> = starts.iter().map(|start| start.memory).collect();
        sizes.sort_by(f64::total_cmp);
        sizes[sizes.len() / 2]
    };
    let ((ours_paint, ours_worst), (theirs_paint, theirs_worst)) = (paint(ours), paint(theirs));
    Figure {
        figure: figures[0],
        unit: "ms median",
        value: ours_paint,
        peer: PEER,
        peer_value: Some(theirs_paint),
        aim: "over <= 150",
        note: format!(
            "{note}; {RUNS} starts each, worst {ours_worst:.0} ms against {theirs_worst:.0}"
        ),
    }
    .print();
    Figure {
        figure: figures[1],
        unit: "MB PSS",
        value: memory(ours),
        peer: PEER,
        peer_value: Some(memory(theirs)),
        aim: "over <= 80",
        note: format!("{note}; app and WebKit's processes together, median of {RUNS} starts"),
    }
    .print();
}

fn in_turn(home: &Home, screen: &Screen, more: &[(&str, &str)]) -> (Vec<Start>, Vec<Start>) {
    let app = program("partner-console").unwrap();
    let empty = program("examples/empty_window").unwrap();
    let other = Home::new().unwrap();
    // Once each before anything counts: files come into memory.
    start(&empty, &other, screen, &[]);
    start(&app, home, screen, more);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        theirs.push(start(&empty, &other, screen, &[]));
        ours.push(start(&app, home, screen, more));
    }
    (ours, theirs)
}

fn spawn(program: &Path, home: &Home, screen: &Screen, more: &[(&str, &str)]) -> Group {
    let mut command = Command::new(program);
    command
        .envs(home.environment())
        .envs(more.iter().copied())
        .env("DISPLAY", screen.name())
        .env("GDK_BACKEND", "x11")
        .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
        .env("NO_AT_BRIDGE", "1")
        .env("LANG", "C.UTF-8")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Group::start(&mut command).unwrap()
}

fn start(program: &Path, home: &Home, screen: &Screen, more: &[(&str, &str)]) -> Start {
    wait(|| !screen.has_content(), "an empty screen");
    let began = Instant::now();
    let group = spawn(program, home, screen, more);
    wait(|| screen.has_content(), "the first paint");
    let paint = began.elapsed();
    let memory = settled_memory(group.id());
    drop(group);
    Start { paint, memory }
}

/// First start: the embedded sandbox is made and pulled.
fn fill(home: &Home, screen: &Screen) {
    let group = spawn(&program("partner-console").unwrap(), home, screen, &[]);
    wait(|| screen.has_content(), "the first paint");
    settled_memory(group.id());
    drop(group);
}

fn wait(until: impl Fn() -> bool, what: &str) {
    let began = Instant::now();
    while !until() {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{what} does not come"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Megabytes, once two seconds have passed in which they moved by less than one.
fn settled_memory(pid: u32) -> f64 {
    let began = Instant::now();
    let mut last = 0.0_f64;
    let mut quiet = 0;
    loop {
        std::thread::sleep(Duration::from_millis(500));
        let now = memory(&family(pid));
        quiet = if (now - last).abs() < 1.0 {
            quiet + 1
        } else {
            0
        };
        last = now;
        if quiet >= 4 || began.elapsed() > Duration::from_secs(60) {
            return now;
        }
    }
}

/// A process with everything it started.
fn family(pid: u32) -> Vec<u32> {
    let mut family = vec![pid];
    let mut next = 0;
    while let Some(parent) = family.get(next).copied() {
        next += 1;
        let tasks = std::fs::read_dir(format!("/proc/{parent}/task"));
        for task in tasks.into_iter().flatten().flatten() {
            let children = std::fs::read_to_string(task.path().join("children"));
            family.extend(
                children
                    .unwrap_or_default()
                    .split_whitespace()
                    .filter_map(|child| child.parse::<u32>().ok()),
            );
        }
    }
    family
}

fn memory(pids: &[u32]) -> f64 {
    let kilobytes: u64 = pids
        .iter()
        .filter_map(|pid| std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok())
        .filter_map(|text| {
            let line = text.lines().find(|line| line.starts_with("Pss:"))?;
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        })
        .sum();
    kilobytes as f64 / 1_000.0
}
