using System;
using System.IO;
using System.Linq;
using System.Reflection;
using Banter;
using BanterEditor;
using UnityEditor;
using UnityEngine;

static class WindowTests
{
    static BanterWindow window;

    static void Begin(string user)
    {
        Project.Open();
        EditorPrefs.Values["Banter.DevRest"] = Server.Rest;
        EditorPrefs.Values["Banter.TestUser"] = user;
        window = EditorWindow.GetWindow<BanterWindow>("Banter");
        Call("OnEnable");
        Hands.Play(() => { });
    }

    static void Call(string message)
    {
        typeof(BanterWindow).GetMethod(message, BindingFlags.Instance | BindingFlags.NonPublic).Invoke(window, null);
    }

    /// <summary>Draws the window and presses a button: a layout comes before each event, and both draw as many
    /// controls.</summary>
    static string Draw(string button = null)
    {
        var controls = Show(EventType.Layout);
        GUILayout.Pressed = button;
        Check.Equal(controls, Show(EventType.MouseUp), "the number of controls at a press");
        GUILayout.Pressed = null;
        controls = Show(EventType.Layout);
        Check.Equal(controls, Show(EventType.Repaint), "the number of controls");
        return string.Join("\n", EditorGUILayout.Drawn);
    }

    static int Show(EventType type)
    {
        EditorGUILayout.Drawn.Clear();
        Event.current = new Event { type = type };
        Call("OnGUI");
        return EditorGUILayout.Drawn.Count;
    }

    static void Press(string button, string then)
    {
        Draw(button);
        Project.Until(() => Draw().Contains(then), then + " in the window after " + button + ", which says " + Draw());
    }

    static void LogIn(string user)
    {
        Check.True(Draw().Contains("No client yet"), "the window says how to begin");
        Draw("Begin with the project's settings");
        Hands.Tick();
        Press("Log in as test user", "Login: Logined as " + user);
    }

    public static void ItsButtonsDoWhatHappensToPlayers()
    {
        Begin("walter");
        LogIn("walter");
        Check.True(Draw().Contains("Ticket of: walter"), "whose ticket");
        Check.True(Draw().Contains("Ticket good for: 23:5") || Draw().Contains("Ticket good for: 1 d"), "how long: " + Draw());
        Press("Measure the round trip", " ms, with the wait");
        Press("Kick me", "Kick me: done"); // its call takes up to a second
        Check.True(Draw().Contains("kicked offline: "), "the event");
        Press("Measure the round trip", "nobody is logged in");
        Press("Kick me", "Kick me: nobody is logged in");
        Press("Log in as test user", "Login: Logined as walter");
        Press("Expire the ticket now", "ticket expired");
        Check.True(Draw().Contains("Login: UnLogined"), "the state");
        Hands.Stop();
        Check.True(Draw().Contains("ticket expired"), "what happened can be read after the end");
    }

    public static void ItCutsTheNetwork()
    {
        Begin("xenia");
        LogIn("xenia");
        Press("Cut the network for 30 s", "network Disconnected");
        Project.Until(() => Draw().Contains("network ConnectFailed"), "try that fails");
        Check.True(EditorLink.IsCut, "the network stays cut");
        EditorLink.Cut(TimeSpan.Zero); // thirty seconds later
        UnityLife.TellNetworkIsBack();
        Project.Until(() => Draw().Split('\n').First(line => line.Contains("network ")).Contains("network Connected"), "connection");
        Check.Equal("xenia", BanterClient.Default.LoginUserId, "the user id, after all of it");
        Hands.Stop();
        Check.True(!EditorLink.IsOpen, "the link ends with the play");
    }

    public static void ItNeverShowsATicket()
    {
        Begin("yves");
        Draw("Begin with the project's settings");
        Hands.Tick();
        var ticket = Server.Ticket("yves");
        var login = BanterClient.Default.LoginAsync("yves", ticket);
        Project.Until(() => login.IsCompleted, "login");
        var broken = BanterClient.Default.LoginAsync("yves", ticket.Substring(1));
        Project.Until(() => broken.IsCompleted, "refusal");
        Check.True(!(Draw() + string.Join("\n", Debug.Lines)).Contains(ticket.Substring(1)), "no ticket is shown");
        Check.True(Draw().Contains("Ticket of: none was used"), "what is no ticket has no owner");
        Hands.Stop();
    }

    public static void AServerThatIsAwayIsNamed()
    {
        Begin("zoe");
        EditorPrefs.Values["Banter.DevRest"] = "http://127.0.0.1:9/";
        Call("OnEnable");
        Draw("Begin with the project's settings");
        Hands.Tick();
        Press("Log in as test user", "no banterd dev at http://127.0.0.1:9: ");
        Hands.Stop();
    }

    public static void ProjectSettingsMakeTheAsset()
    {
        Directory.SetCurrentDirectory(Game.Root);
        Engine.Assets.Clear();
        var create = typeof(BanterSettingsProvider).GetMethod("Create", BindingFlags.Static | BindingFlags.NonPublic);
        Check.True(create.IsDefined(typeof(SettingsProviderAttribute)), "the editor finds it");
        var page = (SettingsProvider)create.Invoke(null, null);
        GUILayout.Pressed = "Make " + BanterSettingsProvider.AssetPath;
        page.guiHandler("");
        GUILayout.Pressed = null;
        Check.True(BanterSettings.Load() != null, "the asset is where a game loads it");
        Check.Equal("ws://127.0.0.1:7000", BanterSettings.Load().ServerUrl, "its default is banterd dev's");
        page.guiHandler(""); // the stand-in refuses a property that is none
    }

    public static void TheLinkerGetsThePackagesFile()
    {
        Directory.SetCurrentDirectory(Game.Root);
        Check.Equal(null, new LinkerFile().GenerateAdditionalLinkXmlFile(null, null), "the file outside a package");
        Directory.CreateDirectory("Packages/com.banter.chat/Runtime");
        File.WriteAllText("Packages/com.banter.chat/Runtime/link.xml", "<linker/>");
        var file = new LinkerFile().GenerateAdditionalLinkXmlFile(null, null);
        Check.True(Path.IsPathRooted(file) && File.Exists(file), "a whole path: " + file);
    }
}
