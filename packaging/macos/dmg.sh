#!/bin/sh
# Calotype.dmg out of dist/Calotype.app: signed and notarised where the secrets are there, plain where not. Runs on macOS.
set -eu
cd "$(dirname "$0")/../.."
APP=dist/Calotype.app
VERSION=$(/usr/libexec/PlistBuddy -c "Print CFBundleShortVersionString" "$APP/Contents/Info.plist")
OUT=dist/Calotype-$VERSION-$(uname -m).dmg
if [ -n "${CALOTYPE_SIGN:-}" ]; then
    codesign --force --deep --options runtime --timestamp --entitlements packaging/macos/entitlements.plist --sign "$CALOTYPE_SIGN" "$APP"
    codesign --verify --deep --strict "$APP"
fi
rm -rf build/dmg && mkdir -p build/dmg
cp -R "$APP" build/dmg/
ln -s /Applications build/dmg/Applications
hdiutil create -volname Calotype -srcfolder build/dmg -fs HFS+ -format ULFO -ov "$OUT"
if [ -n "${CALOTYPE_NOTARY_PROFILE:-}" ]; then
    xcrun notarytool submit "$OUT" --keychain-profile "$CALOTYPE_NOTARY_PROFILE" --wait
    xcrun stapler staple "$OUT"
fi
echo "$OUT"
