"""What workers say of themselves when they are asked."""
