"""Custody: documents under their keys, and how both come to an end: vault, keys, policy, destruction, certificates.

Only ciphertext touches the disk. Each document has one key; destroying that key, and then the epoch key that wrapped
it, is what destroys the document and everything that was read from it.
"""
