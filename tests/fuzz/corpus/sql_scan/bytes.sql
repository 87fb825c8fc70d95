%param x "é"
SELECT é😀, � FROM "a
b" /* open