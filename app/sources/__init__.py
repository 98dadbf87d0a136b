"""Where data comes from: one class per kind of backend. Each turns answers into batches; nothing here writes."""
