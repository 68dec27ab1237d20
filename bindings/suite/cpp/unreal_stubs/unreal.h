/// Just enough of the engine to run the plugin in a test: the signatures that it uses, with a
/// ticker, delegates and weak pointers that do something. Every engine header of the plugin's
/// includes is this one.
#pragma once

#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <list>

#include "object.h"

#define PLATFORM_WINDOWS 0
#define WITH_DEV_AUTOMATION_TESTS 1
#define THIRD_PARTY_INCLUDES_START
#define THIRD_PARTY_INCLUDES_END

namespace stub {

/// What a test sets, and what it looks at.
struct World {
    std::string library_folder, saved_folder;
    bool dedicated_server = false;
    std::string log;
};
inline World world;

inline std::string shown(const TCHAR* text) { return to_utf8(text); }
inline std::string shown(int number) { return std::to_string(number); }

/// Puts the arguments into format, each for a % and the letter behind it.
template <class... Args>
void log(const TCHAR* format, const Args&... args) {
    const std::string all[] = {shown(args)..., ""};
    std::string text = to_utf8(format);
    for (std::size_t i = 0, at = 0; i < sizeof...(args) && (at = text.find('%', at)) != std::string::npos; i++) {
        text.replace(at, 2, all[i]);
        at += all[i].size();
    }
    world.log += text + "\n";
}

}  // namespace stub

#define DECLARE_LOG_CATEGORY_EXTERN(Name, Default, All) extern const char* const Name
#define DEFINE_LOG_CATEGORY(Name) const char* const Name = #Name
#define UE_LOG(Name, Verbosity, ...) (static_cast<void>(Name), stub::log(__VA_ARGS__))

inline bool IsRunningDedicatedServer() { return stub::world.dedicated_server; }

struct FPaths {
    template <class... Parts>
    static FString Combine(const FString& first, const Parts&... parts) {
        FString path = first;
        ((path.text += TEXT("/") + FString(parts).text), ...);
        return path;
    }
    static FString ConvertRelativePathToFull(const FString& path) { return path; }
    static bool FileExists(const FString& path) { return access(stub::to_utf8(*path).c_str(), R_OK) == 0; }
    static FString ProjectSavedDir() { return FString(stub::to_utf16(stub::world.saved_folder).c_str()); }
};

struct FPlatformProcess {
    static const TCHAR* GetBinariesSubdirectory() { return TEXT("Linux"); }
    static const TCHAR* BaseDir() {
        static std::u16string folder;
        return (folder = stub::to_utf16(stub::world.library_folder)).c_str();
    }
    static void* GetDllHandle(const TCHAR* path) { return dlopen(stub::to_utf8(path).c_str(), RTLD_NOW); }
};

class IPlugin {
public:
    const FString& GetBaseDir() const { return folder; }
    FString folder = TEXT("/no/such/plugin");
};

class IPluginManager {
public:
    static IPluginManager& Get() {
        static IPluginManager manager;
        return manager;
    }
    TSharedPtr<IPlugin> FindPlugin(const FString& name) const {
        return name == TEXT("BanterChat") ? MakeShareable(new IPlugin()) : TSharedPtr<IPlugin>();
    }
};

class IModuleInterface {
public:
    virtual ~IModuleInterface() = default;
    virtual void StartupModule() {}
};
class FDefaultModuleImpl : public IModuleInterface {};
#define IMPLEMENT_MODULE(Class, Name) \
    IModuleInterface* StubModule##Name() { return new Class(); }

using FTickerDelegate = TDelegate<bool(float)>;

class FTSTicker {
public:
    class FDelegateHandle {
    public:
        void Reset() { number = 0; }
        int number = 0;
    };
    static FTSTicker& GetCoreTicker() {
        static FTSTicker ticker;
        return ticker;
    }
    FDelegateHandle AddTicker(const FTickerDelegate& call, float = 0) {
        FDelegateHandle handle;
        handle.number = ++last;
        calls.emplace_back(handle.number, call);
        return handle;
    }
    void RemoveTicker(FDelegateHandle handle) {
        calls.remove_if([&](const auto& entry) { return entry.first == handle.number; });
    }
    void Tick(float seconds) {
        for (const auto& [number, call] : std::list(calls)) {
            FDelegateHandle handle;
            handle.number = number;
            if (!call.Execute(seconds)) RemoveTicker(handle);
        }
    }
    std::size_t Count() const { return calls.size(); }

private:
    std::list<std::pair<int, FTickerDelegate>> calls;
    int last = 0;
};

class FSubsystemCollectionBase {};
class UGameInstanceSubsystem : public UObject {
public:
    virtual void Initialize(FSubsystemCollectionBase&) {}
    virtual void Deinitialize() {}
};

class UGameInstance : public UObject {
public:
    template <class T>
    T* GetSubsystem() const {
        return static_cast<T*>(subsystem);
    }
    UGameInstanceSubsystem* subsystem = nullptr;
};

class UWorld : public UObject {
public:
    UGameInstance* GetGameInstance() const { return instance; }
    UGameInstance* instance = nullptr;
};

enum class EGetWorldErrorMode { LogAndReturnNull };
class UEngine : public UObject {
public:
    UWorld* GetWorldFromContextObject(const UObject* object, EGetWorldErrorMode) const {
        return object == nullptr ? nullptr : object->stub_world;
    }
};
inline UEngine* GEngine = nullptr;

class UDeveloperSettings : public UObject {
public:
    virtual FName GetCategoryName() const { return FName(TEXT("")); }
};
template <class T>
T* GetMutableDefault() {
    static T settings;
    return &settings;
}
template <class T>
const T* GetDefault() {
    return GetMutableDefault<T>();
}

class UBlueprintAsyncActionBase : public UObject {
public:
    virtual void Activate() {}
    virtual void RegisterWithGameInstance(const UObject*) {}
    virtual void SetReadyToDestroy() { ready_to_destroy = true; }
    bool ready_to_destroy = false;
};

enum class EAutomationTestFlags { EditorContext = 1, EngineFilter = 2 };
constexpr int operator|(EAutomationTestFlags a, EAutomationTestFlags b) { return static_cast<int>(a) | static_cast<int>(b); }

class FAutomationTestBase {
public:
    FAutomationTestBase() { all().push_back(this); }
    virtual ~FAutomationTestBase() = default;
    virtual bool RunTest(const FString& parameters) = 0;
    void TestTrue(const TCHAR* what, bool holds) {
        if (!holds) failures += stub::to_utf8(what) + "\n";
    }
    void TestFalse(const TCHAR* what, bool holds) { TestTrue(what, !holds); }
    void TestEqual(const TCHAR* what, int32 got, int32 want) { TestTrue(what, got == want); }
    static std::vector<FAutomationTestBase*>& all() {
        static std::vector<FAutomationTestBase*> tests;
        return tests;
    }
    std::string failures;
};
#define IMPLEMENT_SIMPLE_AUTOMATION_TEST(Class, Name, Flags)   \
    class Class : public FAutomationTestBase {                 \
    public:                                                    \
        static constexpr int flags = Flags;                    \
        bool RunTest(const FString& Parameters) override;      \
    };                                                         \
    static Class StubTest##Class;
