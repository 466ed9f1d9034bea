# embed(PATH NAME): appends the bytes of a file to `arrays` as a C array; sets `symbol` and `bytes` for its row.
macro(embed path name)
  file(READ ${path} hex HEX)
  string(LENGTH "${hex}" digits)
  math(EXPR bytes "${digits} / 2")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
  string(REGEX REPLACE "[^a-zA-Z0-9]" "_" symbol ${name})
  string(APPEND arrays "static const unsigned char ${symbol}[] = {${hex}};\n")
endmacro()
