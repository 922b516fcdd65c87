# room(NAME sources...): one library of the project. While a folder has no source yet it is an interface library, so
# that the rooms can be built one after the other.
function(room name)
  if(ARGN)
    add_library(${name} STATIC ${ARGN})
    target_link_libraries(${name} PUBLIC flags)
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  else()
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/empty_${name}.c "typedef int empty_${name};\n")
    add_library(${name} STATIC ${CMAKE_CURRENT_BINARY_DIR}/empty_${name}.c)
    target_link_libraries(${name} PUBLIC flags)
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  endif()
endfunction()
