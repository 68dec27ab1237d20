package main

/*
#include "go_side.h"
*/
import "C"

import "sync"

// keeper tells C whether users' files are open. Who closes them may be late: after a client's
// farewell there is nothing to tell it to.
type keeper struct {
	mu sync.Mutex
	c  *C.struct_tim_client // or nil
}

func (k *keeper) keeps(change int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.c != nil {
		C.tim_keeps(k.c, C.int(change))
	}
}

func (k *keeper) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.c = nil
}
