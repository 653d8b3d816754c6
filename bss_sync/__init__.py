"""What speaks to the operator's OSS and BSS: here, the channels that notices leave by."""
