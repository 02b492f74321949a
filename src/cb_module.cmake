# cb_module(name USES modules… HEADERS public… SOURCES files… [LIBS private libraries…])
#
# Makes the static library cb_<name> with a PUBLIC header set rooted at include/, linked to cb_options and
# to the modules that it may use. LIBS are private: a library's headers are seen by the one module that owns it.
function(cb_module name)
  cmake_parse_arguments(ARG "" "" "USES;HEADERS;SOURCES;LIBS" ${ARGN})
  set(target cb_${name})
  set(headers ${ARG_HEADERS})
  list(TRANSFORM headers PREPEND ${PROJECT_SOURCE_DIR}/include/custodialbridge/${name}/)
  add_library(${target} STATIC ${ARG_SOURCES})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include
                                  FILES ${headers})
  set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  target_link_libraries(${target} PUBLIC cb_options PRIVATE ${ARG_LIBS})
  if("runtime" IN_LIST ARG_USES)  # Asio's headers bind to its library
    target_precompile_headers(${target} REUSE_FROM cb_precompiled)
  endif()
  list(TRANSFORM ARG_USES PREPEND cb_)
  target_link_libraries(${target} PUBLIC ${ARG_USES})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src/${name})
endfunction()
