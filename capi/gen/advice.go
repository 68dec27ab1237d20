package main

import "slices"

// advice is what a game does about a code: one of three, so that it can be decided in code.
type advice string

const (
	tryAgain  advice = "Try again."
	newTicket advice = "Fetch a new ticket."
	stop      advice = "Stop."
)

// adviceRange gives one advice for the codes from first to last.
type adviceRange struct {
	first, last int32
	advice      advice
}

// advised lists the codes that do not mean stop. Stop is what is left: asking again brings
// the same answer, because the program, the arguments or the user's rights are wrong, or
// because somebody decided so (7009, 6023: a later call; 6208: another device).
var advised = []adviceRange{
	// The ticket has run its time, or was revoked. A broken or foreign one (70003, 70009,
	// 70013) is a mistake of the game's server, which would make the next one the same way.
	{-10106, -10106, newTicket},
	{-10101, -10101, newTicket},
	{-10004, -10001, newTicket},
	{6206, 6206, newTicket},
	{6226, 6226, newTicket},
	{70001, 70001, newTicket},
	{70052, 70052, newTicket},
	{70101, 70101, newTicket},

	// The link: it was not there, too slow, or cut.
	{-10102, -10102, tryAgain},
	{-10007, -10007, tryAgain},
	{6012, 6012, tryAgain},
	{6121, 6122, tryAgain},
	{6125, 6128, tryAgain},
	{6200, 6205, tryAgain},
	{6210, 6210, tryAgain},
	{6218, 6218, tryAgain},
	{6250, 6252, tryAgain},
	{9508, 9508, tryAgain},
	{9510, 9521, tryAgain},
	{9523, 9525, tryAgain},
	{20004, 20004, tryAgain},
	{30007, 30007, tryAgain},
	{50005, 50005, tryAgain},
	{60008, 60008, tryAgain},
	{60014, 60014, tryAgain},
	{70169, 70169, tryAgain},

	// Too often, too many at once, or still busy with the last one.
	{-20009, -20009, tryAgain},
	{-10114, -10113, tryAgain},
	{-302, -302, tryAgain},
	{6015, 6015, tryAgain},
	{6130, 6130, tryAgain},
	{6150, 6151, tryAgain},
	{6212, 6214, tryAgain},
	{6254, 6254, tryAgain},
	{6256, 6256, tryAgain},
	{7008, 7008, tryAgain},
	{8511, 8514, tryAgain},
	{9506, 9507, tryAgain},
	{10006, 10006, tryAgain},
	{10023, 10023, tryAgain},
	{10049, 10049, tryAgain},
	{60007, 60007, tryAgain},
	{60011, 60011, tryAgain},
	{60018, 60019, tryAgain},
	{70050, 70050, tryAgain},
	{70114, 70114, tryAgain},

	// The server had trouble of its own.
	{10002, 10002, tryAgain},
	{20005, 20005, tryAgain},
	{20018, 20018, tryAgain},
	{30006, 30006, tryAgain},
	{40006, 40006, tryAgain},
	{50004, 50004, tryAgain},
	{51007, 51007, tryAgain},
	{70500, 70500, tryAgain},
	{90992, 90995, tryAgain},
	{91000, 91000, tryAgain},

	// Somebody else changed the same thing first: read it again, then change it.
	{8006, 8006, tryAgain},
	{10056, 10056, tryAgain},
	{23001, 23001, tryAgain},
	{30008, 30008, tryAgain},

	// A file did not get through.
	{6007, 6010, tryAgain},
	{114005, 114005, tryAgain},
	{115066, 115068, tryAgain},
}

// adviceFor says what a game does about a code; nothing about success.
func adviceFor(code int32) advice {
	if code == 0 {
		return ""
	}
	i := slices.IndexFunc(advised, func(r adviceRange) bool { return r.first <= code && code <= r.last })
	if i < 0 {
		return stop
	}
	return advised[i].advice
}
