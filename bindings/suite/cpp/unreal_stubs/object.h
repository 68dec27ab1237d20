/// The engine's objects and delegates, as far as the plugin uses them.
#pragma once

#include "text.h"

#define UCLASS(...)
#define USTRUCT(...)
#define UENUM(...)
#define UFUNCTION(...)
#define UPROPERTY(...)
#define UE_STUB_JOIN_(a, b, c, d) a##b##c##d
#define UE_STUB_JOIN(a, b, c, d) UE_STUB_JOIN_(a, b, c, d)
#define GENERATED_BODY() UE_STUB_JOIN(CURRENT_FILE_ID, _, __LINE__, _GENERATED_BODY)

class UWorld;

class UObject {
public:
    virtual ~UObject() = default;
    UWorld* stub_world = nullptr;  ///< the world that it is in
    std::shared_ptr<bool> life = std::make_shared<bool>(true);
};

namespace stub {

/// The objects that live. The program that tests is the garbage collector.
inline std::vector<std::unique_ptr<UObject>> objects;

inline void collect(UObject* object) {
    objects.erase(std::find_if(objects.begin(), objects.end(), [&](const auto& held) { return held.get() == object; }));
}

}  // namespace stub

template <class T>
T* NewObject(UObject* = nullptr) {
    return static_cast<T*>(stub::objects.emplace_back(std::make_unique<T>()).get());
}

template <class T>
class TWeakObjectPtr {
public:
    TWeakObjectPtr(T* object) : object(object), life(object->life) {}
    T* Get() const { return life.expired() ? nullptr : object; }
    bool IsValid() const { return Get() != nullptr; }

private:
    T* object;
    std::weak_ptr<bool> life;
};

template <class T>
class TObjectPtr {
public:
    TObjectPtr& operator=(T* to) { return object = to, *this; }
    operator T*() const { return object; }
    T* operator->() const { return object; }

private:
    T* object = nullptr;
};

template <class Signature>
class TDelegate;

template <class R, class... Args>
class TDelegate<R(Args...)> {
public:
    template <class F>
    static TDelegate CreateLambda(F call) {
        TDelegate made;
        made.call = std::move(call);
        return made;
    }
    template <class F>
    static TDelegate CreateWeakLambda(UObject* owner, F call) {
        return CreateLambda([owner = TWeakObjectPtr<UObject>(owner), call = std::move(call)](Args... args) mutable -> R {
            if (owner.IsValid()) return call(args...);
            return R();
        });
    }
    template <class T>
    static TDelegate CreateUObject(T* owner, R (T::*method)(Args...)) {
        return CreateWeakLambda(owner, [owner, method](Args... args) { return (owner->*method)(args...); });
    }
    bool ExecuteIfBound(Args... args) const { return call && (call(args...), true); }
    R Execute(Args... args) const { return call(args...); }

private:
    std::function<R(Args...)> call;
};

template <class Signature>
class TMulticastDelegate;

template <class... Args>
class TMulticastDelegate<void(Args...)> {
public:
    template <class F>
    void AddLambda(F call) {
        calls.push_back(std::move(call));
    }
    template <class T>
    void AddUObject(T* owner, void (T::*method)(Args...)) {
        AddLambda([weak = TWeakObjectPtr<T>(owner), method](Args... args) {
            if (T* const object = weak.Get()) (object->*method)(args...);
        });
        owners[calls.size() - 1] = owner;
    }
    void RemoveAll(const UObject* owner) {
        for (const auto& [at, one] : owners) {
            if (one == owner) calls[at] = [](Args...) {};
        }
    }
    void Clear() {
        calls.clear();
        owners.clear();
    }
    void Broadcast(Args... args) const {
        const auto held = calls;  // one of them may destroy the owner
        for (const auto& call : held) call(args...);
    }

private:
    std::vector<std::function<void(Args...)>> calls;
    std::map<std::size_t, const UObject*> owners;
};
#define AddDynamic(Object, Method) AddUObject(Object, Method)

#define DECLARE_DELEGATE_OneParam(Name, A) using Name = TDelegate<void(A)>
#define DECLARE_DELEGATE_TwoParams(Name, A, B) using Name = TDelegate<void(A, B)>
#define DECLARE_MULTICAST_DELEGATE(Name) using Name = TMulticastDelegate<void()>
#define DECLARE_MULTICAST_DELEGATE_OneParam(Name, A) using Name = TMulticastDelegate<void(A)>
#define DECLARE_MULTICAST_DELEGATE_TwoParams(Name, A, B) using Name = TMulticastDelegate<void(A, B)>
#define DECLARE_MULTICAST_DELEGATE_ThreeParams(Name, A, B, C) using Name = TMulticastDelegate<void(A, B, C)>
#define DECLARE_DYNAMIC_MULTICAST_DELEGATE(Name) class Name : public TMulticastDelegate<void()> {}
#define DECLARE_DYNAMIC_MULTICAST_DELEGATE_OneParam(Name, A, a) class Name : public TMulticastDelegate<void(A)> {}
#define DECLARE_DYNAMIC_MULTICAST_DELEGATE_TwoParams(Name, A, a, B, b) class Name : public TMulticastDelegate<void(A, B)> {}
#define DECLARE_DYNAMIC_MULTICAST_DELEGATE_ThreeParams(Name, A, a, B, b, C, c) \
    class Name : public TMulticastDelegate<void(A, B, C)> {}
