package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	mit    = "MIT License\n\nPermission is hereby granted, free of charge, to any person\nobtaining a copy"
	apache = "   Apache License\n   Version 2.0, January 2004"
	short  = "Redistribution and use in source and binary forms, with or without modification, are permitted"
	long   = short + "\n * Neither the name of Google Inc. may be used to\n# endorse or promote products derived from this"
)

func TestALicenceIsKnownByItsWords(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"MIT", mit, "MIT"},
		{"Apache", apache, "Apache-2.0"},
		{"Apache, as another writes it", "Apache License, Version 2.0", "Apache-2.0"},
		{"BSD with two clauses", short, "BSD-2-Clause"},
		{"BSD with three clauses", long, "BSD-3-Clause"},
		{"ISC", "Permission to use, copy, modify, and distribute this\nsoftware for any purpose with or without fee", "ISC"},
		{"several", long + mit + apache, "Apache-2.0 and MIT and BSD-3-Clause"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			name, err := nameOf(tt.text)
			require.NoError(t, err)
			assert.Equal(t, tt.want, name)
		})
	}
}

func TestAModuleWhoseLicenceWeDoNotTakeIsAnError(t *testing.T) {
	_, err := nameOf(mit + "\nGNU General Public\nLicense")
	assert.EqualError(t, err, "its licence speaks of the general public license")
	_, err = nameOf("All rights reserved.")
	assert.EqualError(t, err, "its licence is none of Apache-2.0, MIT, ISC and BSD")

	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "a.go"), []byte(mit), 0o600))
	_, err = licenceIn(folder)
	assert.EqualError(t, err, "it has no licence")
	require.NoError(t, os.WriteFile(filepath.Join(folder, "LICENCE.txt"), []byte(mit), 0o600))
	name, err := licenceIn(folder)
	require.NoError(t, err)
	assert.Equal(t, "MIT", name)
}

func TestAModuleIsListedWithAllThatItIsLinkedInto(t *testing.T) {
	found := map[string]*module{}
	const a, b, ours = `{"Module":{"Path":"a","Version":"v1","Dir":"/a"}}`, `{"Module":{"Path":"b","Version":"v2"}}`, `{"Module":{"Path":"x","Main":true}}`
	require.NoError(t, read(found, library, []byte(a+ours+"{}"+a)))
	require.NoError(t, read(found, server, []byte(b+a)))
	assert.Equal(t, map[string]*module{
		"a": {path: "a", version: "v1", dir: "/a", parts: []string{library, server}},
		"b": {path: "b", version: "v2", parts: []string{server}},
	}, found)
	assert.ErrorContains(t, read(found, server, []byte(`{"Module":{"Path":"c","Replace":{"Path":"d"}}}`)), "c is replaced")
}
