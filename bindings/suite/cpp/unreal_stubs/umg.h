/// The engine's widgets, as far as the sample uses them: a tree that a test can read.
#pragma once

#include "unreal.h"

class UWidget : public UObject {};
class UPanelSlot : public UObject {};

class UPanelWidget : public UWidget {
public:
    UPanelSlot* AddChild(UWidget* child) {
        children.push_back(child);
        return nullptr;
    }
    void ClearChildren() { children.clear(); }
    std::vector<UWidget*> children;
};

class FText {
public:
    static FText FromString(const FString& text) {
        FText made;
        made.text = text;
        return made;
    }
    const FString& ToString() const { return text; }
    bool IsEmpty() const { return text.IsEmpty(); }

private:
    FString text;
};

namespace ETextCommit {
enum Type { Default, OnEnter, OnUserMovedFocus, OnCleared };
}

DECLARE_DYNAMIC_MULTICAST_DELEGATE(FOnButtonClickedEvent);
DECLARE_DYNAMIC_MULTICAST_DELEGATE_TwoParams(FOnEditableTextBoxCommittedEvent, const FText&, Text, ETextCommit::Type, CommitMethod);

class UButton : public UPanelWidget {
public:
    FOnButtonClickedEvent OnClicked;
};

class UScrollBox : public UPanelWidget {
public:
    void ScrollToEnd() {}
};

class UTextBlock : public UWidget {
public:
    void SetText(FText to) { text = to; }
    FText text;
};

class UEditableTextBox : public UWidget {
public:
    void SetText(FText to) { text = to; }
    FOnEditableTextBoxCommittedEvent OnTextCommitted;
    FText text;
};

class UWidgetTree : public UObject {
public:
    template <class T>
    T* ConstructWidget() {
        return NewObject<T>();
    }
};

/// In a test the widget's outer is the world.
class UUserWidget : public UWidget {
public:
    UWidgetTree* WidgetTree = nullptr;

protected:
    virtual void NativeConstruct() {}
    virtual void NativeDestruct() {}
};
