#!/bin/sh
# Stands in for a compiler of Android's NDK: DIR/bin/<cpu>-linux-android24-clang.
dir=$(dirname "$(dirname "$0")")
target=$(basename "$0" -clang)
cpu=${target%%-*}
exec clang -target "$target" -fuse-ld=lld -Wno-unused-command-line-argument -nostdlibinc -isystem "$dir/include" \
	-isystem "$ZIG_INCLUDE/$cpu-linux-musl" -isystem "$ZIG_INCLUDE/generic-musl" -nostdlib -L"$dir/lib/$cpu" \
	-Wl,--unresolved-symbols=ignore-all "$@"
