using System;
using System.Reflection;
using System.Threading.Tasks;
using Banter;
using Banter.Samples;
using NUnit.Framework;
using UnityEditor;
using UnityEngine;

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

    static void Set(object target, string field, object value)
    {
        target.GetType().GetField(field, BindingFlags.Instance | BindingFlags.NonPublic).SetValue(target, value);
    }
}
