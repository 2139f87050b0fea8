#!/bin/bash
# Proves the .deb: installs it in a bare Debian 12 (no Python, no tools), and there, with the network off, runs doctor, makes a picture on
# the command line and another one through the window under Xvfb, then removes the package and compares the person's files.
#
#     sudo packaging/verify_deb.sh dist/calotype_VERSION_amd64.deb [FOLDER]
#
# Needs debootstrap and unshare. Packages come from the mirror this machine uses itself. Leaves window.png in FOLDER (build/verify).
set -euo pipefail
DEB=$(realpath "$1")
WORK=$(realpath -m "${2:-build/verify}")
ROOT=$WORK/root
mkdir -p "$WORK"
MIRROR=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Suite: bookworm' 2>/dev/null | head -1)
MIRROR=${MIRROR:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -1)}

if [ ! -e "$ROOT/etc/debian_version" ]; then
    KEYS=/usr/share/keyrings/debian-archive-keyring.gpg
    debootstrap --variant=minbase $([ -e $KEYS ] && echo "--keyring=$KEYS" || echo --no-check-gpg) bookworm "$ROOT" "$MIRROR" > "$WORK/debootstrap.log"
fi
cp /etc/resolv.conf "$ROOT/etc/resolv.conf" 2>/dev/null || true
cp -r /etc/apt/apt.conf.d "$ROOT/etc/apt/" 2>/dev/null || true
inside() { chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/home/anna LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
offline() { unshare -n chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/home/anna LANG=C.UTF-8 DISPLAY=:77 "$@"; }
mount --bind /proc "$ROOT/proc"
mount --bind /dev "$ROOT/dev"
trap 'umount -l "$ROOT/proc" "$ROOT/dev"' EXIT
inside test ! -e /usr/bin/python3 && echo "python in the bare system: none"
inside mkdir -p /home/anna
inside apt-get -qq update
cp "$DEB" "$ROOT/tmp/calotype.deb"
inside apt-get -qq purge -y calotype > /dev/null 2>&1 || true  # of an earlier, broken-off proof
inside apt-get -qq autoremove -y > /dev/null 2>&1 || true
rm -rf "$ROOT/home/anna"
inside mkdir -p /home/anna
before=$(inside dpkg-query -f '.\n' -W | wc -l)
inside apt-get -qq install -y --no-install-recommends /tmp/calotype.deb > "$WORK/install.log" 2>&1
echo "installed: $(inside du -sm /usr/lib/calotype | cut -f1) MB, with $(( $(inside dpkg-query -f '.\n' -W | wc -l) - before - 1 )) packages it depends on"
echo "package: $(( $(stat -c %s "$DEB") / 1000000 )) MB"
# Only for driving the window: not needed by the program.
inside apt-get -qq install -y --no-install-recommends xvfb xdotool scrot fonts-dejavu-core > "$WORK/tools.log" 2>&1

echo "--- doctor"
offline calotype doctor | tail -5
echo "--- command line"
began=$(date +%s.%N)
offline calotype generate "a red house on snow" --seed 7 --out /home/anna/house.png
echo "first picture on the command line: $(echo "$(date +%s.%N) - $began" | bc) s"
offline calotype metadata /home/anna/house.png | head -3

echo "--- window"
cat > "$ROOT/tmp/drive.sh" <<'DRIVE'
Xvfb :77 -screen 0 1280x800x24 > /dev/null 2>&1 &
X=$!
sleep 2
began=$(date +%s%N)
calotype & APP=$!
xdotool search --sync --onlyvisible --name Calotype > /dev/null
echo "cold start to window: $(( ($(date +%s%N) - began) / 1000000 )) ms"
sleep 3
WINDOW=$(xdotool search --onlyvisible --name Calotype | tail -1)
xdotool windowfocus "$WINDOW"  # there is no window manager that would
sleep 1
xdotool key ctrl+a
xdotool type --delay 20 "a blue boat on water"
sleep 1
began=$(date +%s%N)
xdotool key ctrl+Return
for _ in $(seq 1200); do
    found=$(find /home/anna/Pictures -name '*.png' ! -name '.*' 2> /dev/null | head -1)
    [ -n "$found" ] && break
    sleep 0.1
done
echo "first picture in the window: $(( ($(date +%s%N) - began) / 1000000 )) ms: $found"
sleep 2
scrot -o /tmp/window.png
xdotool key ctrl+q
(sleep 20; kill -9 $APP) 2> /dev/null &
wait $APP
echo "window ended with $?"
kill $X
DRIVE
offline bash /tmp/drive.sh
cp "$ROOT/tmp/window.png" "$WORK/window.png"

echo "--- installing over it"
inside apt-get -qq install -y --reinstall /tmp/calotype.deb > "$WORK/again.log" 2>&1
offline calotype gallery check

echo "--- removing"
sums() { (cd "$ROOT/home" && find . -type f -print0 | sort -z | xargs -0 sha256sum); }
sums > "$WORK/before"
inside apt-get -qq purge -y calotype > "$WORK/purge.log" 2>&1
sums > "$WORK/after"
cmp "$WORK/before" "$WORK/after" && echo "the person's $(wc -l < "$WORK/after") files are byte-equal after removal"
inside test ! -e /usr/lib/calotype && echo "nothing of the program is left"
