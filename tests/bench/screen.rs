//! What stands on a screen, read from the frame buffer that Xvfb keeps in a file: no program is asked, and looking costs
//! next to nothing.

use std::{collections::BTreeSet, fs::File, os::unix::fs::FileExt as _, path::Path};

use whole_system::harness::Display;

pub const WIDTH: u32 = 1440;
pub const HEIGHT: u32 = 900;

/// Colours beyond which nothing is counted.
const MANY: usize = 4;

/// A display that can be looked at.
pub struct Screen {
    display: Display,
    frame: File,
    pixels: u64,
    bytes_per_line: u64,
}

impl Screen {
    /// Starts one that keeps its frame buffer in `folder`.
    pub fn start(folder: &Path) -> Self {
        let display = Display::kept_in(folder, WIDTH, HEIGHT).unwrap();
        let frame = File::open(folder.join("Xvfb_screen0")).unwrap();
        // The file is an X window dump: numbers of four bytes, the highest first, then the colour map, then the pixels.
        let mut head = [0_u8; 100];
        frame.read_exact_at(&mut head, 0).unwrap();
        let field = |n: usize| {
            u64::from(u32::from_be_bytes(
                head[n * 4..n * 4 + 4].try_into().unwrap(),
            ))
        };
        let (header, bits_per_pixel, bytes_per_line, colours) =
            (field(0), field(11), field(12), field(19));
        assert_eq!(bits_per_pixel, 32);
        Self {
            display,
            frame,
            pixels: header + colours * 12,
            bytes_per_line,
        }
    }

    pub fn name(&self) -> &str {
        self.display.name()
    }

    /// Whether anything stands in the window but a plain background: text has its edges in shades between two colours.
    pub fn has_content(&self) -> bool {
        let mut seen = BTreeSet::new();
        let mut line = vec![0_u8; WIDTH as usize * 4];
        for y in (0..u64::from(HEIGHT)).step_by(4) {
            let at = self.pixels + y * self.bytes_per_line;
            self.frame.read_exact_at(&mut line, at).unwrap();
            for pixel in line.as_chunks::<4>().0 {
                seen.insert(*pixel);
                if seen.len() > MANY {
                    return true;
                }
            }
        }
        false
    }
}
