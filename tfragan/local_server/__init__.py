"""A preview of SavedModels on one machine, for trying them out."""
