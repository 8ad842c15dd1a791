//! A few files as one: a tar archive in its POSIX form (ustar), for packs that are filed or sent as one file.

/// Size of a block.
const BLOCK: usize = 512;
/// Longest name the form has room for.
const LONGEST_NAME: usize = 100;

/// What is no archive of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no archive: {0}")]
pub struct NoArchive(pub &'static str);

fn octal(header: &mut [u8; BLOCK], at: usize, digits: usize, value: u64) {
    let text = format!("{value:0digits$o}\0");
    put(header, at, text.as_bytes());
}

fn put(header: &mut [u8; BLOCK], at: usize, bytes: &[u8]) {
    for (place, byte) in header.iter_mut().skip(at).zip(bytes) {
        *place = *byte;
    }
}

/// Sum over a header, its own field counted as blanks.
fn checksum(header: &[u8]) -> u64 {
    let byte = |(at, byte): (usize, &u8)| match at {
        148..=155 => u64::from(b' '),
        _ => u64::from(*byte),
    };
    header.iter().enumerate().map(byte).sum()
}

/// Writes files one after the other. The same files give the same bytes: no time, no owner.
///
/// # Errors
/// [`NoArchive`] for a name that is empty, longer than the form has room for, or leads elsewhere.
pub fn write(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, NoArchive> {
    let mut out = Vec::new();
    for (name, bytes) in files {
        if !is_plain(name) {
            return Err(NoArchive("a name is no plain file name"));
        }
        out.extend_from_slice(&header_of(name, bytes.len() as u64));
        out.extend_from_slice(bytes);
        out.resize(out.len().next_multiple_of(BLOCK), 0);
    }
    out.resize(out.len() + 2 * BLOCK, 0);
    Ok(out)
}

fn header_of(name: &str, size: u64) -> [u8; BLOCK] {
    let mut header = [0_u8; BLOCK];
    put(&mut header, 0, name.as_bytes());
    octal(&mut header, 100, 7, 0o644);
    octal(&mut header, 108, 7, 0);
    octal(&mut header, 116, 7, 0);
    octal(&mut header, 124, 11, size);
    octal(&mut header, 136, 11, 0);
    put(&mut header, 156, b"0");
    put(&mut header, 257, b"ustar\x0000");
    let sum = format!("{:06o}\0 ", checksum(&header));
    put(&mut header, 148, sum.as_bytes());
    header
}

fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= LONGEST_NAME
        && name != "."
        && name != ".."
        && !name.contains(['/', '\\', '\0'])
}

/// Reads what [`write`] wrote: plain files with plain names, each once, and nothing behind them.
///
/// # Errors
/// [`NoArchive`] for anything else.
pub fn read(bytes: &[u8], most: usize) -> Result<Vec<(String, Vec<u8>)>, NoArchive> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut rest = bytes;
    loop {
        let (header, behind) = rest
            .split_at_checked(BLOCK)
            .ok_or(NoArchive("it ends in the middle"))?;
        if header.iter().all(|b| *b == 0) {
            return match behind.iter().all(|b| *b == 0) {
                true => Ok(files),
                false => Err(NoArchive("something lies behind its end")),
            };
        }
        let field = |at: usize, length: usize| header.get(at..at + length).unwrap_or_default();
        let number = |at: usize, length: usize| {
            let digits: String = field(at, length)
                .iter()
                .take_while(|b| b.is_ascii_digit())
                .map(|b| char::from(*b))
                .collect();
            u64::from_str_radix(&digits, 8).map_err(|_| NoArchive("a number does not read"))
        };
        if field(257, 8) != b"ustar\x0000" || number(148, 8)? != checksum(header) {
            return Err(NoArchive("a header does not read"));
        }
        if field(156, 1) != b"0" || field(345, 155).iter().any(|b| *b != 0) {
            return Err(NoArchive("it holds more than plain files"));
        }
        let name: Vec<u8> = field(0, LONGEST_NAME)
            .iter()
            .copied()
            .take_while(|b| *b != 0)
            .collect();
        let name = String::from_utf8(name).map_err(|_| NoArchive("a name is no text"))?;
        if !is_plain(&name) || files.iter().any(|(known, _)| *known == name) {
            return Err(NoArchive("a name is no plain file name of its own"));
        }
        if files.len() >= most {
            return Err(NoArchive("it holds too many files"));
        }
        let size = number(124, 12)?;
        // Whatever else a header could say, none of ours says it.
        if header_of(&name, size) != *header {
            return Err(NoArchive("a header does not read"));
        }
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let (content, behind) = behind
            .split_at_checked(size)
            .ok_or(NoArchive("a file ends in the middle"))?;
        files.push((name, content.to_vec()));
        let padding = size.next_multiple_of(BLOCK) - size;
        let (padded, behind) = behind
            .split_at_checked(padding)
            .ok_or(NoArchive("it ends in the middle"))?;
        if padded.iter().any(|b| *b != 0) {
            return Err(NoArchive("something lies between its files"));
        }
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_neither_written_nor_read() {
        for name in ["", ".", "..", "../x", "a/b", "a\\b", &"n".repeat(101)] {
            assert!(write(&[(name.to_owned(), vec![])]).is_err(), "{name}");
        }
        let mut archive = write(&[("aaaa".to_owned(), vec![1])]).unwrap();
        archive[1] = b'/';
        assert!(read(&archive, 9).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again_and_a_cut_or_flipped_header_is_noticed(
            contents in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..1_500), 0..5),
            cut in 1usize..1_000,
        ) {
            let files: Vec<(String, Vec<u8>)> = contents.into_iter().enumerate()
                .map(|(n, bytes)| (format!("file-{n}"), bytes)).collect();
            let archive = write(&files).unwrap();
            prop_assert_eq!(read(&archive, 9).unwrap(), files.clone());
            if !files.is_empty() {
                let mut flipped = archive.clone();
                flipped[cut % BLOCK] ^= 1;
                prop_assert!(read(&flipped, 9).is_err() || read(&flipped, 9).unwrap() != files);
            }
            prop_assert!(read(&archive[..archive.len() - 2 * BLOCK], 9).is_err());
        }

        #[test]
        fn anything_else_is_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..3_000)) {
            let _ = read(&bytes, 9);
        }
    }
}
