# Writes a C file with the hash of libraries: cmake -DOUT=file.c -DLIBRARIES="a.a|b.a" -P this
string(REPLACE "|" ";" libraries "${LIBRARIES}")
set(all "")
foreach(library IN LISTS libraries)
  file(SHA256 ${library} hash)
  string(APPEND all ${hash})
endforeach()
string(SHA256 hash "${all}")
file(WRITE ${OUT} "extern const char node_library_hash[65];\nconst char node_library_hash[65] = \"${hash}\";\n")
