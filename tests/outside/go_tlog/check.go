// Check reads a log folder with Go's own tlog and note packages, which know nothing of the code that wrote it.
//
//	check <folder> <vkey> <older checkpoint file> <index>...
//
// It verifies both notes, the inclusion of each entry (its bytes taken from the bundle) and the consistency of the older
// checkpoint with the newer, prints the proofs that it made, and exits 1 with the reason on standard error otherwise.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type folder string

func (f folder) Height() int { return 8 }

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range tiles {
		// Go writes the height into the path: tile/8/0/000; tlog-tiles fixes it at 8 and leaves it out.
		data, err := os.ReadFile(filepath.Join(string(f), "tile", strings.TrimPrefix(tile.Path(), "tile/8/")))
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

func (f folder) entry(index, size int64) ([]byte, error) {
	width := size - index/256*256
	if width > 256 {
		width = 256
	}
	tile := tlog.Tile{H: 8, L: 0, N: index / 256, W: int(width)}
	name := strings.TrimPrefix(tile.Path(), "tile/8/0/")
	data, err := os.ReadFile(filepath.Join(string(f), "tile", "entries", name))
	if err != nil {
		return nil, err
	}
	for skip := index % 256; ; skip-- {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("bundle of entry %d ends too early", index)
		}
		length := 2 + int(binary.BigEndian.Uint16(data))
		if skip == 0 {
			return data[2:length], nil
		}
		data = data[length:]
	}
}

func open(path string, key note.Verifier) (tree tlog.Tree, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return tree, err
	}
	opened, err := note.Open(raw, note.VerifierList(key))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != key.Name() {
		return tree, fmt.Errorf("not a checkpoint of %s", key.Name())
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

func check(args []string) error {
	dir := folder(args[0])
	key, err := note.NewVerifier(args[1])
	if err != nil {
		return err
	}
	tree, err := open(filepath.Join(args[0], "checkpoint"), key)
	if err != nil {
		return err
	}
	older, err := open(args[2], key)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tree, dir)
	for _, arg := range args[3:] {
		index, err := strconv.ParseInt(arg, 10, 64)
		if err != nil {
			return err
		}
		entry, err := dir.entry(index, tree.N)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveRecord(tree.N, index, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
			return fmt.Errorf("inclusion of %d: %v", index, err)
		}
		show(fmt.Sprint("inclusion ", index), proof)
	}
	proof, err := tlog.ProveTree(tree.N, older.N, reader)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash); err != nil {
		return fmt.Errorf("consistency of %d with %d: %v", older.N, tree.N, err)
	}
	show(fmt.Sprint("consistency ", older.N), tlog.RecordProof(proof))
	return nil
}

func show(what string, proof tlog.RecordProof) {
	fmt.Print(what)
	for _, hash := range proof {
		fmt.Printf(" %x", hash[:])
	}
	fmt.Println()
}

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: check <folder> <vkey> <older checkpoint file> <index>...")
		os.Exit(2)
	}
	if err := check(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
