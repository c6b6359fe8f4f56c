#!/bin/sh
# Builds target/luru_<version>_<architecture>.deb with the program and its components inside, so
# that an installed Luru never needs a network. Needs cargo, dpkg-deb and what `luru setup` needs.
set -eu
cd "$(dirname "$0")/../.."

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
architecture=$(dpkg --print-architecture)
target=${CARGO_TARGET_DIR:-target}
root=$target/deb/root
rm -rf "$target/deb"

cargo build --release --locked
install -D -m 755 "$target/release/luru" "$root/usr/lib/luru/luru"
# Components lie beside the executable: that is where it looks first.
mkdir -p "$root/usr/lib/luru/components"
LURU_COMPONENTS=$(realpath "$root/usr/lib/luru/components") "$target/release/luru" setup
find "$root/usr/lib/luru/components" \( -name .lock -o -name downloads \) -exec rm -rf {} +
mkdir -p "$root/usr/bin"
ln -s ../lib/luru/luru "$root/usr/bin/luru"

install -D -m 644 packaging/linux/luru.desktop "$root/usr/share/applications/luru.desktop"
for size in 64 256; do
    install -D -m 644 "assets/icons/luru-$size.png" "$root/usr/share/icons/hicolor/${size}x$size/apps/luru.png"
done
install -d "$root/usr/share/doc/luru"
cp -r "$root/usr/lib/luru/components/licences" "$root/usr/share/doc/luru/licences"
install -D -m 644 packaging/licences/sqlcipher.txt "$root/usr/share/doc/luru/licences/sqlcipher/LICENSE"
for licence in LICENSE*; do
    [ -f "$licence" ] && install -m 644 "$licence" "$root/usr/share/doc/luru/"
done

mkdir -p "$root/DEBIAN"
cat > "$root/DEBIAN/control" <<CONTROL
Package: luru
Version: $version
Architecture: $architecture
Maintainer: The Luru authors <luru@localhost>
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Section: office
Priority: optional
Depends: libc6 (>= 2.28), libstdc++6, libgcc-s1, libssl3t64 | libssl3, libgl1, libegl1, libxkbcommon-x11-0, libxcursor1, libxi6, libxrandr2
Recommends: fonts-noto-cjk, libgl1-mesa-dri
Suggests: tesseract-ocr, tesseract-ocr-rus, tesseract-ocr-ukr, tesseract-ocr-ara, tesseract-ocr-hin, tesseract-ocr-tha, tesseract-ocr-kor, tesseract-ocr-khm, tesseract-ocr-amh, tesseract-ocr-vie
Description: scans to checked records, offline
 Luru 录入 reads scanned invoices, certificates and documents on this machine
 alone, fills their fields, checks them and exports what a person has confirmed.
CONTROL
dpkg-deb --root-owner-group --build "$root" "$target/luru_${version}_$architecture.deb"
