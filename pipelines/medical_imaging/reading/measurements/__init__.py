"""What is measured on an image when it is read: colour, sharpness, skin tone."""
