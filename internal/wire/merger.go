package wire

import "encoding/json"

// The commands about mergers that are too long to stand in a message.
const (
	CmdUploadMerger   = "upload_merger"
	CmdDownloadMerger = "TIMMsgDownloadMergerMessage"
)

// Merger is the body of CmdUploadMerger and answers CmdDownloadMerger: the messages of a
// merger.
type Merger struct {
	Messages []json.RawMessage `json:"merge_elem_message_array"`
}

// MergerKey answers CmdUploadMerger and is the body of CmdDownloadMerger.
type MergerKey struct {
	Key string `json:"merge_elem_relay_json_key"`
}
