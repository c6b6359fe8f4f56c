#!/bin/bash
# Draws every panel of the window in both languages and themes into docs/window/, from the sample pages.
#
#   packaging/screenshots.sh [PROGRAM [FOLDER [SIZE]]]
#
# Needs Xvfb, xdotool and ImageMagick; opens no window on the user's own screen and touches none of the
# user's data. VARIANTS names other pairs of language and theme, e.g. "zh-high_contrast".
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
program=${1:-$root/target/release/luru}
out=${2:-$root/docs/window}
size=${3:-1280x800}
variants=${VARIANTS:-zh-light en-dark}
for tool in Xvfb xdotool import convert; do
    if ! command -v "$tool" >/dev/null; then
        echo "缺少 $tool，请安装 xvfb、xdotool、imagemagick / $tool is missing: install xvfb, xdotool, imagemagick" >&2
        exit 1
    fi
done

work=$(mktemp -d)
display=":$((200 + $$ % 500))"
Xvfb "$display" -screen 0 "${size}x24" >"$work/xvfb.log" 2>&1 &
server=$!
app=
finish() {
    [ -z "$app" ] || kill "$app" 2>/dev/null || true
    kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
export DISPLAY=$display LIBGL_ALWAYS_SOFTWARE=1
# Components of this user; everything else of this run lies in its own folder.
data=${XDG_DATA_HOME:-$HOME/.local/share}/luru/components
[ -n "${LURU_COMPONENTS:-}" ] || [ ! -d "$data" ] || export LURU_COMPONENTS=$data

# The sample, one page of it twice, and a drawn contract with its seals.
mkdir -p "$work/pages" "$out"
cp "$root"/assets/sample/* "$work/pages/"
cp "$root/packaging/pages/contract.jpg" "$work/pages/sales-contract.jpg"
cp "$root/assets/sample/invoice.png" "$work/pages/invoice-again.png"

start() { # language, theme, arguments of the program
    home=$work/home-$1-$2
    mkdir -p "$home/.config/luru"
    printf '{"language":"%s","theme":"%s"}' "$1" "$2" >"$home/.config/luru/settings.json"
    HOME=$home XDG_DATA_HOME=$home/share XDG_CONFIG_HOME=$home/.config "$program" "${@:3}" >"$work/app.log" 2>&1 &
    app=$!
    local window=
    for _ in $(seq 120); do
        window=$(xdotool search --name '^Luru' 2>/dev/null | head -n 1 || true)
        [ -z "$window" ] || break
        sleep 0.5
    done
    xdotool windowsize "$window" "${size%x*}" "${size#*x}" windowmove "$window" 0 0 windowfocus "$window"
    sleep 1
}

stop() {
    kill "$app"
    wait "$app" 2>/dev/null || true
    app=
}

# Until nothing moves any more.
settled() {
    local before= now same=0
    while [ "$same" -lt "$1" ]; do
        sleep 0.5
        now=$(import -window root rgb:- | sha256sum)
        [ "$now" = "$before" ] && same=$((same + 1)) || same=0
        before=$now
    done
}

shot() { # name
    # No tooltip covers what is shown.
    xdotool mousemove 1 1
    settled 1
    import -window root png:- | convert png:- +dither -colors 160 "PNG8:$out/$variant-$1.png"
}

keys() {
    for key in "$@"; do
        xdotool key --clearmodifiers "$key"
        sleep 0.3
    done
}

run() { # a command by its name in the palette
    keys ctrl+k
    xdotool type --delay 20 "$1"
    sleep 0.3
    keys Return
    settled 2
}

back() { # so many controls from the end of a panel, and press it
    for _ in $(seq "$1"); do
        keys shift+Tab
    done
    keys space
}

panel() { # name of the picture, name of the command
    run "$2"
    shot "$1"
    keys Escape Escape
}

for variant in $variants; do
    language=${variant%%-*} theme=${variant#*-}
    start "$language" "$theme"
    shot empty
    stop
    start "$language" "$theme" "$work/pages"
    # A page takes a few seconds; between two results nothing moves.
    settled 40
    # The first page is confirmed, so that there is something to count.
    keys Escape ctrl+Return
    settled 2
    shot desk
    for pair in settings:settings shortcuts:shortcuts palette:palette export:export kinds:change_kind \
        clean:confirm_clean compare:compare arrange:arrange claim:claim rename:rename_files group:group_check \
        rules:field_rules statistics:statistics audit:audit templates:own_templates; do
        if [ "${pair#*:}" = palette ]; then
            keys ctrl+k
            shot palette
            keys Escape
        else
            panel "${pair%%:*}" "${pair#*:}"
        fi
    done
    # The contract is the last one.
    keys Next Next Next
    panel signing signing
    keys Prior Prior Prior
    run settings
    back 3
    shot password
    keys Escape
    run export
    back 3
    shot columns
    keys Escape Escape
    # The first field is entered twice, for a while.
    for step in begin end; do
        run field_rules
        keys Tab Tab Tab Tab Tab Tab space Escape
        if [ "$step" = begin ]; then
            keys Tab
            shot second
        fi
    done
    run edit_table
    shot table
    run edit_table
    run new_template
    shot template
    stop
done
echo "$out"
