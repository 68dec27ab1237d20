#!/bin/sh
# Stands in for xcrun: xcrun --sdk NAME -f clang, or xcrun --sdk NAME --show-sdk-path
case "$3" in
-f) echo clang ;;
--show-sdk-path) echo "$SDK -Wno-nullability-completeness -Wno-unused-command-line-argument" ;;
*) exit 2 ;;
esac
