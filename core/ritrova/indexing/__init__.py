"""From folders to embeddings: the pipeline, resumable at any moment."""
