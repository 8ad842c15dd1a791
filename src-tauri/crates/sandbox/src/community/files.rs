//! Small real files for attachments: PDF, PNG, CSV.

use domain::canonical::sha256_hex;

/// A one-page PDF with lines of plain text.
pub(super) fn pdf(title: &str, lines: &[String]) -> Vec<u8> {
    let escape = |text: &str| {
        let latin = text.chars().map(|c| if c.is_ascii() { c } else { '?' });
        latin
            .collect::<String>()
            .replace('\\', r"\\")
            .replace('(', r"\(")
            .replace(')', r"\)")
    };
    let mut content = format!(
        "BT /F1 16 Tf 56 780 Td ({}) Tj /F1 10 Tf 0 -28 Td",
        escape(title)
    );
    for line in lines {
        content.push_str(&format!(" ({}) Tj 0 -15 Td", escape(line)));
    }
    content.push_str(" ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut pdf = "%PDF-1.4\n".to_owned();
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(pdf.len());
        pdf.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let table = pdf.len();
    pdf.push_str(&format!(
        "xref\n0 {}\n0000000000 65535 f \n",
        objects.len() + 1
    ));
    for offset in offsets {
        pdf.push_str(&format!("{offset:010} 00000 n \n"));
    }
    pdf.push_str(&format!(
        "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    ));
    pdf.into_bytes()
}

/// A CSV of rows.
pub(super) fn csv(rows: &[Vec<String>]) -> Vec<u8> {
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let cells: Vec<String> = row
                .iter()
                .map(|c| format!("\"{}\"", c.replace('"', "\"\"")))
                .collect();
            cells.join(";")
        })
        .collect();
    format!("{}\r\n", lines.join("\r\n")).into_bytes()
}

/// A small grey picture whose pattern follows from a label.
pub(super) fn png(label: &str) -> Vec<u8> {
    const SIDE: usize = 48;
    let pattern = sha256_hex(label.as_bytes()).into_bytes();
    let mut rows = Vec::new();
    for y in 0..SIDE {
        rows.push(0);
        for x in 0..SIDE {
            let cell = pattern.get((x / 6 + y / 6 * 8) % 64).copied().unwrap_or(0);
            rows.push(cell.wrapping_mul(3));
        }
    }
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let side = (SIDE as u32).to_be_bytes();
    chunk(
        &mut png,
        b"IHDR",
        &[&side[..], &side[..], &[8, 0, 0, 0, 0]].concat(),
    );
    // Stored, not packed: one block of a zlib stream.
    let length = u16::try_from(rows.len()).unwrap_or(u16::MAX);
    let mut data = vec![0x78, 0x01, 0x01];
    data.extend(length.to_le_bytes());
    data.extend((!length).to_le_bytes());
    data.extend(&rows);
    data.extend(adler32(&rows).to_be_bytes());
    chunk(&mut png, b"IDAT", &data);
    chunk(&mut png, b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    png.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
    let body = [&kind[..], data].concat();
    png.extend(&body);
    png.extend(crc32(&body).to_be_bytes());
}

fn adler32(data: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    (b << 16) | a
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |mut crc, byte| {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            };
        }
        crc
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_the_published_ones() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
        assert!(png("x").starts_with(b"\x89PNG"));
        assert!(pdf("t", &["(a)".into()]).ends_with(b"%%EOF\n"));
    }
}
