"""Images that people bring: files of many kinds, read by their content, checked before they are unpacked."""
