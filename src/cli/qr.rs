//! A QR code for the terminal.
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

/// Two rows of dots per line. Light on dark, which is how most terminals are; cameras read both.
pub fn render(text: &str) -> Option<String> {
    let code = QrCode::new(text).ok()?;
    Some(code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).quiet_zone(true).build())
}
