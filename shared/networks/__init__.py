"""Parts of networks that families of several pipelines are made of."""
