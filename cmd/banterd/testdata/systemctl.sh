# What the documents do with systemd, on one machine of a test, whose folder is $MACHINE.
# Like systemd it returns from stop when the program has ended, and later than systemd from
# start: when the program is ready or has failed.
pid=$MACHINE/pid log=$MACHINE/log
running() { [ -e "$pid" ] && kill -0 "$(cat "$pid")" 2>/dev/null; }
told() { tail -n "+$((before + 1))" "$log" | grep -q "$1"; }
start() {
	touch "$log" && before=$(wc -l <"$log")
	setsid sh -c 'echo $$ >"$1"; exec banterd serve --config "$2"' - "$pid" "$MACHINE/etc/banter/banterd.toml" \
		>>"$log" 2>&1 </dev/null &
	until [ -s "$pid" ]; do sleep 0.02; done
	until ! running || told '"msg":"ready"'; do sleep 0.02; done
}
stop() {
	running && kill "-$1" "$(cat "$pid")"
	while running; do sleep 0.02; done
	rm -f "$pid"
}
case $1 in
start) start ;;
stop) stop TERM ;;
kill) stop KILL ;;
restart) stop TERM && start ;;
reload)
	before=$(wc -l <"$log")
	kill -HUP "$(cat "$pid")"
	until told configuration; do sleep 0.02; done
	;;
esac
