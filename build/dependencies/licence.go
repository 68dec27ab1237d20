package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// licenceFile matches the names of the files that say under which terms a module may be used.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying)`)

// licences that we take, each with a sentence that no other has.
var licences = []struct{ name, sentence string }{
	{"Apache-2.0", "apache license version 2.0"},
	{"MIT", "permission is hereby granted, free of charge, to any person obtaining a copy"},
	{"ISC", "permission to use, copy, modify, and distribute this software for any purpose with or without fee"},
	{"ISC", "permission to use, copy, modify, and/or distribute this software for any purpose with or without fee"},
}

// What BSD's two kinds share, and what the longer one has.
const (
	bsd       = "redistribution and use in source and binary forms"
	bsdLonger = "endorse or promote products derived from"
)

// refused are licences that oblige those who ship a game, by words of theirs.
var refused = []string{"general public license", "mozilla public license", "business source license", "server side public license",
	"eclipse public license", "commons clause"}

// licenceIn names the licences of a module.
func licenceIn(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	var texts []string
	for _, entry := range entries {
		if entry.IsDir() || !licenceFile.MatchString(entry.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return "", err
		}
		texts = append(texts, string(text))
	}
	if texts == nil {
		return "", errors.New("it has no licence")
	}
	return nameOf(strings.Join(texts, "\n"))
}

// nameOf names all licences that a text has.
func nameOf(text string) (string, error) {
	text = strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return strings.ContainsRune(" \t\r\n*#", r)
	}), " ")
	for _, words := range refused {
		if strings.Contains(text, words) {
			return "", fmt.Errorf("its licence speaks of the %s", words)
		}
	}
	var names []string
	for _, l := range licences {
		if strings.Contains(strings.ReplaceAll(text, "license, version", "license version"), l.sentence) {
			names = append(names, l.name)
		}
	}
	if strings.Contains(text, bsd) {
		name := "BSD-2-Clause"
		if strings.Contains(text, bsdLonger) {
			name = "BSD-3-Clause"
		}
		names = append(names, name)
	}
	if names == nil {
		return "", errors.New("its licence is none of Apache-2.0, MIT, ISC and BSD")
	}
	return strings.Join(names, " and "), nil
}
