#!/bin/sh
# Installs what building and running Luru needs on Debian and Ubuntu. Safe to run again: packages
# that are there are left alone, and without a missing package nothing is asked for.
set -eu

# A C and C++ compiler for SQLite and the barcode library; Python with pip for the components.
packages="g++ cmake make pkg-config ca-certificates python3 python3-pip"
# Headers of libcrypto, for the encrypted workspace (SQLCipher).
packages="$packages libssl-dev"
# The window (X11 or Wayland through OpenGL) and a Chinese face for it.
packages="$packages libgl1 libegl1 libgl1-mesa-dri libxkbcommon-x11-0 libxcursor1 libxi6 libxrandr2"
packages="$packages fonts-noto-cjk"
# A display without a screen and a keyboard for it, for the window's tests.
packages="$packages xvfb xdotool"
# Tesseract with the scripts that Luru's own networks do not read: Cyrillic (Russian, Ukrainian),
# Arabic, Devanagari (Hindi), Thai, Korean, Khmer, Ethiopic (Amharic), the accents of Vietnamese.
# Luru does without, so that a system which lacks one of them is no failure; 17 MB to download,
# 43 MB on disk. LURU_SCRIPTS=no leaves them out.
scripts=""
if [ "${LURU_SCRIPTS:-yes}" != no ]; then
    scripts="tesseract-ocr"
    for pack in rus ukr ara hin tha kor khm amh vie; do
        scripts="$scripts tesseract-ocr-$pack"
    done
fi

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "本脚本只适用于 Debian/Ubuntu，请自行安装 / this script is for Debian and Ubuntu; please install: $packages" >&2
    exit 1
fi

# Those of the packages named that are not there.
missing_of() {
    for package in "$@"; do
        case "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" in
            installed) ;;
            *)
                # What is there by other means (a Python of one's own) need not come from apt.
                case "$package" in
                    g++ | cmake | make | pkg-config | python3) command -v "$package" >/dev/null && continue ;;
                    python3-pip) python3 -m pip --version >/dev/null 2>&1 && continue ;;
                esac
                printf ' %s' "$package"
                ;;
        esac
    done
}

# shellcheck disable=SC2086 # lists of words
missing=$(missing_of $packages)
# shellcheck disable=SC2086
missing_scripts=$(missing_of $scripts)
[ -z "$missing$missing_scripts" ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
    run=""
elif command -v sudo >/dev/null; then
    run="sudo"
else
    echo "需要管理员权限安装 / administrator rights are needed to install:$missing$missing_scripts" >&2
    # The scripts alone are no reason to stop.
    [ -z "$missing" ] && exit 0
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
$run apt-get update || [ -z "$missing" ]
if [ -n "$missing" ]; then
    # shellcheck disable=SC2086 # a list of words
    $run apt-get install --yes --no-install-recommends $missing
fi
# One by one: a system may lack one of them.
for package in $missing_scripts; do
    $run apt-get install --yes --no-install-recommends "$package" ||
        echo "未能安装可选组件，相应文字将无法识别 / optional, its script will not be read: $package" >&2
done
