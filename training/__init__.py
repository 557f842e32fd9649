"""The offline pipeline: from two text files to an artifact, each stage a command and a file."""
