"""What phones are made of: a model's prices, its memory, and the chips that it runs on."""
