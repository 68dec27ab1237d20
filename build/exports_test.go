package main

import (
	"bytes"
	"debug/elf"
	"debug/pe"
	"encoding/binary"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// exports returns the names that a library exports, in the order of its table.
func exports(t *testing.T, library string) []string {
	t.Helper()
	if filepath.Ext(library) == ".dll" {
		return dllExports(t, library)
	}
	file, err := elf.Open(library)
	require.NoError(t, err)
	defer file.Close()
	symbols, err := file.DynamicSymbols()
	require.NoError(t, err)
	var names []string
	for _, symbol := range symbols {
		defined := symbol.Section != elf.SHN_UNDEF
		if defined && elf.ST_BIND(symbol.Info) != elf.STB_LOCAL {
			names = append(names, symbol.Name)
		}
	}
	return names
}

// dllExports reads the export directory: debug/pe knows imports only.
func dllExports(t *testing.T, library string) []string {
	t.Helper()
	file, err := pe.Open(library)
	require.NoError(t, err)
	defer file.Close()
	header, ok := file.OptionalHeader.(*pe.OptionalHeader64)
	require.True(t, ok, "a 64-bit library")
	at := image(t, file)

	directory := at(header.DataDirectory[pe.IMAGE_DIRECTORY_ENTRY_EXPORT].VirtualAddress)
	count := binary.LittleEndian.Uint32(directory[24:])
	table := at(binary.LittleEndian.Uint32(directory[32:]))
	var names []string
	for i := range count {
		name, _, found := bytes.Cut(at(binary.LittleEndian.Uint32(table[4*i:])), []byte{0})
		require.True(t, found, "a name ends")
		names = append(names, string(name))
	}
	return names
}

// image returns a function that gives what file holds from an address on, as loaded.
func image(t *testing.T, file *pe.File) func(address uint32) []byte {
	return func(address uint32) []byte {
		for _, section := range file.Sections {
			if address >= section.VirtualAddress && address < section.VirtualAddress+section.Size {
				data, err := section.Data()
				require.NoError(t, err)
				return data[address-section.VirtualAddress:]
			}
		}
		require.Fail(t, "the address is in no section", "%#x", address)
		return nil
	}
}
