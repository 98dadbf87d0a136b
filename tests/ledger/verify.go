// verify checks a published log with the packages of Go's module proxy, none of it ours: golang.org/x/mod/sumdb/note and tlog.
// Usage: verify VKEY FOLDER_OR_URL [SIZE:ROOT …]. Hashes are base64. Each size must be a beginning of the log, by a consistency proof.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8
	proved = 85 // of so many entries one is proved by itself, and the last of each bundle; the hash of each is compared
)

// source reads files of the log below a folder or a URL.
type source struct {
	where string
	tiles map[tlog.Tile][]byte // that were verified
}

func (s source) read(path string) ([]byte, error) {
	if !strings.HasPrefix(s.where, "http") {
		return os.ReadFile(filepath.Join(s.where, path))
	}
	answer, err := http.Get(s.where + "/" + path)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

// path is where tlog-tiles puts a tile; Go's own paths say the height too.
func path(t tlog.Tile) string {
	return strings.Replace(t.Path(), "tile/8/", "tile/", 1)
}

func (s source) Height() int { return height }

func (s source) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, t := range tiles {
		body, known := s.tiles[t]
		if !known {
			var err error
			if body, err = s.read(path(t)); err != nil {
				return nil, err
			}
		}
		found = append(found, body)
	}
	return found, nil
}

func (s source) SaveTiles(tiles []tlog.Tile, bodies [][]byte) {
	for i, t := range tiles {
		s.tiles[t] = bodies[i]
	}
}

// entries are those of the bundle that a leaf tile stands for.
func (s source) entries(t tlog.Tile) ([][]byte, error) {
	body, err := s.read(strings.Replace(path(t), "tile/0/", "tile/entries/", 1))
	if err != nil {
		return nil, err
	}
	var found [][]byte
	for len(body) > 0 {
		if len(body) < 2 || len(body) < 2+int(binary.BigEndian.Uint16(body)) {
			return nil, fmt.Errorf("bundle %d is cut off", t.N)
		}
		length := int(binary.BigEndian.Uint16(body))
		found, body = append(found, body[2:2+length]), body[2+length:]
	}
	if len(found) != t.W {
		return nil, fmt.Errorf("bundle %d has %d entries, not %d", t.N, len(found), t.W)
	}
	return found, nil
}

func parse(text string) (size int64, root tlog.Hash, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 {
		return 0, root, fmt.Errorf("not a checkpoint: %q", text)
	}
	if size, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return 0, root, err
	}
	return size, hash(lines[2]), nil
}

func hash(text string) (found tlog.Hash) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) != len(found) {
		fail(fmt.Errorf("not a hash: %q", text))
	}
	copy(found[:], raw)
	return found
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	verifier, err := note.NewVerifier(os.Args[1])
	fail(err)
	log := source{os.Args[2], map[tlog.Tile][]byte{}}
	signed, err := log.read("checkpoint")
	fail(err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	fail(err)
	size, root, err := parse(opened.Text)
	fail(err)

	tree := tlog.Tree{N: size, Hash: root}
	hashes := tlog.TileHashReader(tree, log)
	for _, known := range os.Args[3:] {
		number, text, _ := strings.Cut(known, ":")
		old, err := strconv.ParseInt(number, 10, 64)
		fail(err)
		if old == 0 {
			continue
		}
		proof, err := tlog.ProveTree(size, old, hashes)
		fail(err)
		fail(tlog.CheckTree(proof, size, root, old, hash(text)))
	}
	for first := int64(0); first < size; first += 1 << height {
		t := tlog.Tile{H: height, N: first >> height, W: 1 << height}
		if size-first < 1<<height {
			t.W = int(size - first)
		}
		entries, err := log.entries(t)
		fail(err)
		var places []int64
		for i := range entries {
			places = append(places, tlog.StoredHashIndex(0, first+int64(i)))
		}
		leaves, err := hashes.ReadHashes(places)
		fail(err)
		for i, entry := range entries {
			index := first + int64(i)
			if tlog.RecordHash(entry) != leaves[i] {
				fail(fmt.Errorf("entry %d is not the one in the tree", index))
			}
			if i%proved != 0 && i != len(entries)-1 {
				continue
			}
			proof, err := tlog.ProveRecord(size, index, hashes)
			fail(err)
			fail(tlog.CheckRecord(proof, size, root, index, leaves[i]))
		}
	}
	fmt.Printf("%d entries, %d older trees\n", size, len(os.Args[3:]))
}
