# find_package(Banter CONFIG): the library as Banter::ImSDK, for C, and with the C++17 header
# as Banter::Banter. The package may be moved: everything is found from this file.
cmake_minimum_required(VERSION 3.16)

set(_banter_prefix "${CMAKE_CURRENT_LIST_DIR}")
foreach(_banter_level RANGE 3)
  if(EXISTS "${_banter_prefix}/include/TIMCloud.h")
    break()
  endif()
  get_filename_component(_banter_prefix "${_banter_prefix}" DIRECTORY)
endforeach()

if(WIN32)
  set(_banter_library "${_banter_prefix}/bin/ImSDK.dll")
elseif(APPLE)
  set(_banter_library "${_banter_prefix}/lib/libImSDKForMac_C.dylib")
else()
  set(_banter_library "${_banter_prefix}/lib/libImSDK.so")
endif()

if(NOT EXISTS "${_banter_library}")
  set(Banter_FOUND FALSE)
  set(Banter_NOT_FOUND_MESSAGE "this package is for another platform: there is no ${_banter_library}")
elseif(NOT TARGET Banter::ImSDK)
  add_library(Banter::ImSDK SHARED IMPORTED)
  set_target_properties(Banter::ImSDK PROPERTIES IMPORTED_LOCATION "${_banter_library}"
    INTERFACE_INCLUDE_DIRECTORIES "${_banter_prefix}/include")
  if(WIN32)
    set_target_properties(Banter::ImSDK PROPERTIES IMPORTED_IMPLIB "${_banter_prefix}/lib/ImSDK.lib")
  elseif(NOT APPLE)
    set_target_properties(Banter::ImSDK PROPERTIES IMPORTED_SONAME libImSDK.so)
  endif()

  include(CMakeFindDependencyMacro)
  find_dependency(Threads) # the header has mutexes
  add_library(Banter::Banter INTERFACE IMPORTED)
  set_target_properties(Banter::Banter PROPERTIES INTERFACE_LINK_LIBRARIES "Banter::ImSDK;Threads::Threads"
    INTERFACE_COMPILE_FEATURES cxx_std_17)
endif()
unset(_banter_library)
unset(_banter_prefix)
