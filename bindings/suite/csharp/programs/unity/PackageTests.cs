using System;
using System.Collections.Generic;
using System.Reflection;
using System.Threading.Tasks;
using Banter;
using Banter.Samples;
using NUnit.Framework;
using UnityEditor;
using UnityEngine;
using UnityEngine.UIElements;

/// <summary>What the package brings along: its own tests, and its samples.</summary>
static class PackageTests
{
    public static void ItsOwnTestsPass()
    {
        Application.persistentDataPath = Game.Root;
        var ran = 0;
        foreach (var type in Assembly.GetExecutingAssembly().GetTypes())
        {
            foreach (var method in type.GetMethods())
            {
                if (!method.IsDefined(typeof(TestAttribute))) continue;
                var fixture = Activator.CreateInstance(type);
                method.Invoke(fixture, null);
                foreach (var end in type.GetMethods()) if (end.IsDefined(typeof(TearDownAttribute))) end.Invoke(fixture, null);
                ran++;
            }
        }
        Check.True(ran >= 10, "there are tests: " + ran);
    }

    public static void TheLoginSampleLogsIn()
    {
        Project.Open();
        Hands.Play(() => Set(new GameObject("sample").AddComponent<LoginSample>(), "devRest", Server.Rest));
        Project.Until(() => Debug.Lines.Contains("log logged in as alice"), "login");
        Project.Until(() => Debug.Lines.Contains("log status Logined"), "event");
        Server.Kick("alice");
        Project.Until(() => Debug.Lines.Exists(line => line.StartsWith("warning logged out: ")), "kick");
        Engine.LoadScene(); // the sample's object goes
        Hands.Stop();
    }

    public static void TheHeadlessServerEndsWhenItIsKicked()
    {
        Project.Open();
        Environment.SetEnvironmentVariable("GAME_CHAT_USER", "vera");
        Environment.SetEnvironmentVariable("GAME_CHAT_TICKET", Server.Ticket("vera"));
        Engine.Play(() => new GameObject("server").AddComponent<HeadlessServer>());
        Project.Until(() => Debug.Lines.Contains("log the chat is up"), "login");
        Check.Equal(null, Engine.QuitAsked, "the exit code");
        var kick = Task.Run(() => Server.Kick("vera"));
        Project.Until(() => Engine.QuitAsked == 1, "end");
        kick.Wait();
        Engine.Quit();
    }

    public static void TheHeadlessServerWantsATicket()
    {
        Project.Open();
        Environment.SetEnvironmentVariable("GAME_CHAT_TICKET", null);
        Engine.Play(() => new GameObject("server").AddComponent<HeadlessServer>());
        Project.Until(() => Engine.QuitAsked == 1, "end");
        Check.True(Debug.Lines.Contains("error set GAME_CHAT_USER and GAME_CHAT_TICKET"), "it says what is missing");
        Engine.Quit();
    }

    /// <summary>A player with the samples Login and Chat, and another one without an engine.</summary>
    public static void TheChatSampleChats()
    {
        Project.Open();
        UIDocument document = null;
        Hands.Play(() => document = EnterChat());
        Project.Until(() => Debug.Lines.Contains("log logged in as alice"), "login");
        using (var bob = Game.StartBeside())
        {
            bob.Login("bob");
            var heard = new List<Message>();
            bob.Client.MessagesReceived += heard.AddRange;
            var alice = bob.Client.GetConversation("alice");
            Press(document, "send", "你好, bob 🎮");
            Project.Until(() => Shows(document, "me: 你好, bob 🎮"), "the message where it was written");
            bob.Until(() => heard.Exists(message => message.Text == "你好, bob 🎮"), "the message of alice");
            var hello = bob.Wait(alice.SendTextAsync("Hello, alcie!"));
            Project.Until(() => Shows(document, "bob: Hello, alcie!"), "the answer");
            hello.ElemArray = Message.FromText("Hello, alice!").ElemArray;
            bob.Wait(alice.ModifyAsync(hello));
            Project.Until(() => Shows(document, "bob: Hello, alice!"), "the answer as it is now");
            bob.Wait(alice.RecallAsync(hello));
            Project.Until(() => Shows(document, "bob: (recalled)"), "the recall");
            for (var i = 1; i <= 30; i++) bob.Wait(alice.SendTextAsync("line " + i));
            Project.Until(() => Shows(document, "bob: line 30"), "the last line");
            Project.Until(() => Buttons(document).Exists(button => button.text == "bob"),
                () => "conversation with nothing unread among " + string.Join(", ", Buttons(document).ConvertAll(button => button.text)));
            Press(document, "bob");
            Project.Until(() => Shows(document, "bob: line 30") && !Shows(document, "bob: line 1"), "the newest page");
            Press(document, "older");
            Project.Until(() => Shows(document, "bob: line 1") && Shows(document, "me: 你好, bob 🎮"), "the page before");
            Hands.Stop();
        }
    }

    static UIDocument EnterChat()
    {
        Set(new GameObject("login").AddComponent<LoginSample>(), "devRest", Server.Rest);
        var screen = new GameObject("screen");
        var document = screen.AddComponent<UIDocument>();
        screen.AddComponent<ChatSample>();
        return document;
    }

    static bool Shows(UIDocument document, string line)
    {
        return document.rootVisualElement.All<Label>().Exists(label => label.text == line);
    }

    static List<Button> Buttons(UIDocument document)
    {
        return document.rootVisualElement.All<Button>();
    }

    static void Press(UIDocument document, string button, string written = "")
    {
        document.rootVisualElement.All<TextField>()[0].value = written;
        Buttons(document).Find(one => one.text == button).Press();
    }

    static void Set(object target, string field, object value)
    {
        target.GetType().GetField(field, BindingFlags.Instance | BindingFlags.NonPublic).SetValue(target, value);
    }
}
