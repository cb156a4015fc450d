"""Columns of the table that the network reads beside each image, such as age, sex and site."""
