"""U-GAT-IT: unpaired translation with attention."""
