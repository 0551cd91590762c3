"""The model door: any OpenAI-compatible endpoint; the workspace runs the loop and its tools."""
