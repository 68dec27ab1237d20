package chaos

import "slices"

// unique returns the worlds that differ.
func unique(worlds []world) []world {
	seen := map[string]bool{}
	return slices.DeleteFunc(worlds, func(w world) bool {
		key := w.String()
		again := seen[key]
		seen[key] = true
		return again
	})
}

func sameDevices(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// permutations returns every order of the values.
func permutations[T any](values []T) [][]T {
	if len(values) == 0 {
		return [][]T{nil}
	}
	var all [][]T
	for i, first := range values {
		for _, rest := range permutations(slices.Delete(slices.Clone(values), i, i+1)) {
			all = append(all, append([]T{first}, rest...))
		}
	}
	return all
}

// choices returns every way to take n of the values.
func choices[T any](values []T, n int) [][]T {
	switch {
	case n == 0:
		return [][]T{nil}
	case n > len(values):
		return nil
	}
	var all [][]T
	for i, first := range values {
		for _, rest := range choices(values[i+1:], n-1) {
			all = append(all, append([]T{first}, rest...))
		}
	}
	return all
}
