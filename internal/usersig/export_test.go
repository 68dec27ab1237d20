package usersig

// Remembered is how many tickets v knows.
func (v *Verified) Remembered() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.young) + len(v.former)
}
