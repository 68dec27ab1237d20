#!/bin/sh
# Stands in for xcodebuild -create-xcframework -output OUT -library FILE -headers DIR ...
set -eu
[ "$1 $2" = "-create-xcframework -output" ] || exit 2
out=$3
shift 3
while [ $# -gt 0 ]; do
	[ "$1 $3" = "-library -headers" ] || exit 2
	to=$out/$(basename "$(dirname "$2")")
	mkdir -p "$to"
	cp "$2" "$to/"
	cp -r "$4" "$to/Headers"
	shift 4
done
