//! Colour spaces to 8-bit sRGB, and the run-length packing that TIFF and PSD share.

/// Ink amounts (255 = full ink) to RGB without a profile: each ink takes away its complement.
pub(super) fn cmyk_to_rgb([c, m, y, k]: [u8; 4]) -> [u8; 3] {
    [c, m, y].map(|ink| multiply(255 - ink, 255 - k))
}

/// `a · b` where 255 stands for 1, rounded.
pub(super) fn multiply(a: u8, b: u8) -> u8 {
    ((u32::from(a) * u32::from(b) + 127) / 255) as u8
}

/// Full-range YCbCr to RGB (ITU-R BT.601, as in JFIF).
pub(super) fn ycbcr_to_rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb].map(|v| v.round() as u8)
}

/// CIE L*a*b* (L 0..100, white point D50) to sRGB.
///
/// Inverse of CIE 15; the matrix is XYZ (D50) to linear sRGB with Bradford adaptation to D65.
pub(super) fn lab_to_rgb([l, a, b]: [f32; 3]) -> [u8; 3] {
    const WHITE_D50: [f32; 3] = [0.964_22, 1.0, 0.825_21];
    const TO_LINEAR_SRGB: [[f32; 3]; 3] = [
        [3.133_856, -1.616_867, -0.490_615],
        [-0.978_768, 1.916_141, 0.033_454],
        [0.071_945, -0.228_991, 1.405_243],
    ];
    let fy = (l + 16.0) / 116.0;
    let inverse = |f: f32| if f > 6.0 / 29.0 { f.powi(3) } else { (f - 4.0 / 29.0) * 108.0 / 841.0 };
    let [x, y, z] = [fy + a / 500.0, fy, fy - b / 200.0].map(inverse);
    let [xw, yw, zw] = WHITE_D50;
    let (x, y, z) = (x * xw, y * yw, z * zw);
    TO_LINEAR_SRGB.map(|[mx, my, mz]| {
        let linear = (mx * x + my * y + mz * z).clamp(0.0, 1.0);
        let gamma =
            if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
        (gamma * 255.0).round() as u8
    })
}

/// Unpacks PackBits runs (TIFF 6.0, section 9) until `wanted` bytes are there or `packed` ends.
pub(super) fn unpack_bits(packed: &[u8], wanted: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(wanted.min(packed.len().saturating_mul(64)));
    let mut rest = packed;
    while out.len() < wanted
        && let Some((&control, after)) = rest.split_first()
    {
        rest = after;
        let room = wanted - out.len();
        match control as i8 {
            -128 => {}
            n if n < 0 => {
                let Some((&value, after)) = rest.split_first() else { break };
                rest = after;
                out.resize(out.len() + room.min(1 + usize::from(n.unsigned_abs())), value);
            }
            n => {
                let (run, after) = rest.split_at(rest.len().min(1 + usize::from(n.unsigned_abs())));
                rest = after;
                out.extend_from_slice(run.get(..room).unwrap_or(run));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_have_their_known_values() {
        assert_eq!(cmyk_to_rgb([0, 0, 0, 0]), [255; 3]);
        assert_eq!(cmyk_to_rgb([0, 255, 255, 0]), [255, 0, 0]);
        assert_eq!(cmyk_to_rgb([0, 0, 0, 255]), [0; 3]);
        assert_eq!(ycbcr_to_rgb([76, 85, 255]), [254, 0, 0]);
        assert_eq!(lab_to_rgb([100.0, 0.0, 0.0]), [255; 3]);
        // sRGB red in Lab (D50).
        let [r, g, b] = lab_to_rgb([54.29, 80.81, 69.89]);
        assert!(r > 252 && g < 4 && b < 4, "{r} {g} {b}");
    }

    #[test]
    fn runs_are_unpacked() {
        // The example of the TIFF specification.
        let packed =
            [0xFE, 0xAA, 0x02, 0x80, 0x00, 0x2A, 0xFD, 0xAA, 0x03, 0x80, 0x00, 0x2A, 0x22, 0xF7, 0xAA];
        let plain = unpack_bits(&packed, 100);
        assert_eq!(plain.len(), 24);
        assert_eq!(plain.get(..7), Some(&[0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0xAA][..]));
        assert_eq!(unpack_bits(&packed, 5).len(), 5);
        assert_eq!(unpack_bits(&[0x7F, 1], 100), [1]);
    }
}
