# cmake -DFROM=FILE -DTO=FILE.c -DNAME=SYMBOL -P embed.cmake: writes a C file that holds the bytes of another.
file(READ ${FROM} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
file(WRITE ${TO} "#include <stddef.h>\n\nextern const char ${NAME}[];\nextern const size_t ${NAME}_bytes;\n\n"
  "const char ${NAME}[] = {\n${bytes}\n};\nconst size_t ${NAME}_bytes = sizeof ${NAME};\n")
